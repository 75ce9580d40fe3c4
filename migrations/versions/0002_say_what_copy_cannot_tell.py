"""Say what COPY cannot tell, and sort the rejects by their file.

Run ids are random and sort nothing; whoever looks at rejects looks for those of a file.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

OLD_FILE = "File that the record came from: load_files.file_id."
NEW_FILE = "File of the record (load_files.file_id); NULL on Redshift, COPY cannot tell."
OLD_NUMBER = "Position of the record within its file, from 1."
NEW_NUMBER = "Position of the record in its file, from 1; NULL on Redshift, COPY cannot tell."


def upgrade() -> None:
    """Comment the lineage columns of staging; sort load_rejects by file."""
    op.alter_column(
        "staging_events",
        "file_id",
        existing_type=sa.BIGINT(),
        comment=NEW_FILE,
        existing_comment=OLD_FILE,
        existing_nullable=True,
    )
    op.alter_column(
        "staging_events",
        "record_number",
        existing_type=sa.INTEGER(),
        comment=NEW_NUMBER,
        existing_comment=OLD_NUMBER,
        existing_nullable=True,
    )
    op.alter_column(
        "staging_songs",
        "file_id",
        existing_type=sa.BIGINT(),
        comment=NEW_FILE,
        existing_comment=OLD_FILE,
        existing_nullable=True,
    )
    op.alter_column(
        "staging_songs",
        "record_number",
        existing_type=sa.INTEGER(),
        comment=NEW_NUMBER,
        existing_comment=OLD_NUMBER,
        existing_nullable=True,
    )
    op.alter_table_layout(
        "load_rejects",
        sortkey=["file_id"],
        encodings={"file_id": "raw"},
        existing_sortkey=["run_id"],
        existing_encodings={"file_id": "az64"},
    )


def downgrade() -> None:
    """Take the old comments back, and the old sort key."""
    op.alter_column(
        "staging_songs",
        "record_number",
        existing_type=sa.INTEGER(),
        comment=OLD_NUMBER,
        existing_comment=NEW_NUMBER,
        existing_nullable=True,
    )
    op.alter_column(
        "staging_songs",
        "file_id",
        existing_type=sa.BIGINT(),
        comment=OLD_FILE,
        existing_comment=NEW_FILE,
        existing_nullable=True,
    )
    op.alter_column(
        "staging_events",
        "record_number",
        existing_type=sa.INTEGER(),
        comment=OLD_NUMBER,
        existing_comment=NEW_NUMBER,
        existing_nullable=True,
    )
    op.alter_column(
        "staging_events",
        "file_id",
        existing_type=sa.BIGINT(),
        comment=OLD_FILE,
        existing_comment=NEW_FILE,
        existing_nullable=True,
    )
    op.alter_table_layout(
        "load_rejects",
        sortkey=["run_id"],
        encodings={"file_id": "az64"},
        existing_sortkey=["file_id"],
        existing_encodings={"file_id": "raw"},
    )
