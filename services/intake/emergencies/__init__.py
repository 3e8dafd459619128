"""Help that is called before any form is filled in, and the supervisors who see it at once."""
