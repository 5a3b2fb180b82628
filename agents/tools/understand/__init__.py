"""Tools that tell what media hold."""
