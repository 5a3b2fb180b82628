"""Memory that organises itself: facts over time, entities, consolidation, time, lifecycle."""
