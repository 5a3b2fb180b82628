"""What was done, looked back on: the graph of steps, and doing them again."""
