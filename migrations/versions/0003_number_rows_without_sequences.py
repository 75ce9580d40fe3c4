"""Number songplays and tracks without sequences on DuckDB.

A load whose memory was short could lose or change any row there: nextval() writes to a page of
its transaction that DuckDB has given to somebody else meanwhile. The loader gives the numbers
now. Redshift has IDENTITY columns and is left as it is.

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-24
"""

import sqlalchemy as sa
from alembic import context, op
from alembic.util import CommandError

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

KEYS = (("songplays", "songplay_id"), ("tracks", "track_id"))


def upgrade() -> None:
    """Drop the sequences, and the defaults that ask them."""
    if op.get_context().dialect.name != "duckdb":
        return
    for table, column in KEYS:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT")
        op.execute(f"DROP SEQUENCE IF EXISTS {table}_{column}_seq")


def downgrade() -> None:
    """Create sequences that go on after the highest number, and make them defaults again.

    Raises:
        CommandError: Without a connection nobody knows the highest number.
    """
    if op.get_context().dialect.name != "duckdb":
        return
    if context.is_offline_mode():
        raise CommandError("revision 0003 asks the tables for their highest keys: connect")
    for table, column in KEYS:
        highest = sa.func.coalesce(sa.func.max(sa.column(column)), 0)
        start = op.get_bind().scalar(sa.select(highest).select_from(sa.table(table))) + 1
        sequence = f"{table}_{column}_seq"
        op.execute(f"CREATE SEQUENCE {sequence} START WITH {start}")
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT nextval('{sequence}')")
