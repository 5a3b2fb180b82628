"""`scale`: searches and retrieval at ten thousand to a million rows."""
