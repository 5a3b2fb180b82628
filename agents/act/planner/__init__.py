"""From a goal to a plan."""
