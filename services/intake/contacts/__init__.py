"""The counter: a contact from its first moment, with its clock, until an officer may take it up."""
