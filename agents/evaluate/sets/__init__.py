"""The sets: each loads cases, remembers what they are about, and scores what is told."""
