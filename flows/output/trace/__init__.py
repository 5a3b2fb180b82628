"""How things were made, as people see it."""
