"""How tools make media."""
