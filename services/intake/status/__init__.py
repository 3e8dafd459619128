"""How far a complaint is, for whoever holds its receipt; and who asked in vain."""
