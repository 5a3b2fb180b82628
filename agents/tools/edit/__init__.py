"""Tools that change videos."""
