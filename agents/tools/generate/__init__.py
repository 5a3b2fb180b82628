"""Tools that make something out of words, pictures and numbers."""
