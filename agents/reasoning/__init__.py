"""Agents that reason with language and vision-language models, behind the loop's own steps."""
