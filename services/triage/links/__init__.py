"""Which complaint belongs to which case, and which cases belong together: by people, reversibly."""
