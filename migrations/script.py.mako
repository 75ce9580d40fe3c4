"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}

Before you commit this revision:

- Freeze what it needs: columns are written out here. Never import the tables; they will
  change, and this revision has to do tomorrow what it does today.
- Write the downgrade, and run upgrade, downgrade, upgrade.
- Redshift commits on TRUNCATE and on ALTER TABLE APPEND: use DELETE, or a new table.
- Redshift cannot alter a column's type inside a transaction (op.alter_column(type_=...)
  opens an autocommit block), widens VARCHAR only, and never narrows one.
- Redshift has no index, CHECK or sequence, adds no NOT NULL column without a default and
  never changes nullability. Generation refuses these.
- Change DISTSTYLE, DISTKEY, SORTKEY and ENCODE by op.alter_table_layout(...).
- Steps that committed are not undone when a later one fails: let each be safe to repeat.
- Look at both: alembic upgrade head --sql (Redshift) and a run on a DuckDB file.
- Set HEAD in sparkify_dwh/schema.py to this revision.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision: str = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}
branch_labels: str | None = ${repr(branch_labels)}
depends_on: str | None = ${repr(depends_on)}


def upgrade() -> None:
    """${message}."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Undo: ${message}."""
    ${downgrades if downgrades else "pass"}
