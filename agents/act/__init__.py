"""From a goal to checked files: plan, approve, run, check, repair."""
