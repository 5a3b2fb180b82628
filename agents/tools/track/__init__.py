"""Tools that follow things and tell them from what is around them."""
