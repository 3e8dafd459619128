"""Who must not see a case, because they are related to a party; and who may, in an emergency."""
