"""Speed as ratios: what we do beside what anybody would have to do, measured in the same run."""
