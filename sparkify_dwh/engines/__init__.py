"""The engines: how to connect to each, and what each does in its own way."""
