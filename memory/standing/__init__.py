"""Standing questions: what is asked again of every new video, and what it came to there."""
