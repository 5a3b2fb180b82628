"""An edit as a timeline."""
