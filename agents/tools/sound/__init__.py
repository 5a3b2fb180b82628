"""Tools that change what is heard."""
