"""Everything it takes to run Aduan somewhere."""
