"""Who signs in, from which address, and who may send in files."""
