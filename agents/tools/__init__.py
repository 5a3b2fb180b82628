"""Tools that plans are made of."""
