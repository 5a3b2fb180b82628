"""What lines of text on screen are for."""
