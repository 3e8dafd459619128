"""The rights of a complainant: what she is told, what she says of her duties, promises to her."""
