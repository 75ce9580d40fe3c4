"""What is particular to the embedded engine: its DDL and its Alembic implementation."""
