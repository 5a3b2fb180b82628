"""A small language model inside this process, to try the real protocol without a server."""
