"""Sparkify's song plays as a star schema, on Amazon Redshift or in a DuckDB file."""

__version__ = "0.1.0"
