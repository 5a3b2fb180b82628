"""What one workspace lets another read."""
