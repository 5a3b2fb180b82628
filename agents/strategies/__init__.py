"""Ways to pursue a question, interchangeable over the same store and models."""
