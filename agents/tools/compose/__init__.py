"""Tools that put pictures together."""
