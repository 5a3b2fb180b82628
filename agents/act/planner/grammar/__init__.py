"""What can be asked for without a model, and what each operation does."""
