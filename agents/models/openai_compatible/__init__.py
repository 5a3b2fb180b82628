"""Language and vision-language models behind any OpenAI-compatible endpoint."""
