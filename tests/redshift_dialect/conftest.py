"""An Alembic environment in a temporary folder, wired up as migrations/env.py is."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData

_ENV = """
from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from sparkify_dwh.redshift import register
from sparkify_dwh.redshift.alembic_impl import configure_options

register()
url = context.config.get_main_option("sqlalchemy.url")
metadata = context.config.attributes["metadata"]
if context.is_offline_mode():
    context.configure(**configure_options(url, metadata, offline=True))
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        context.configure(
            connection=connection, **configure_options(connection.dialect, metadata)
        )
        with context.begin_transaction():
            context.run_migrations()
"""
_TEMPLATE = """
import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None

def upgrade():
    ${upgrades if upgrades else "pass"}

def downgrade():
    ${downgrades if downgrades else "pass"}
"""


@dataclass
class Migrations:
    """A folder of migrations on one database."""

    folder: Path
    url: str
    metadata: MetaData

    def write(self, revision: str, down: str | None, upgrade: str, downgrade: str = "pass") -> None:
        """Write a revision by hand; the bodies are Python statements."""
        body = f"""
            import sqlalchemy as sa
            from alembic import op

            revision, down_revision = {revision!r}, {down!r}
            branch_labels = depends_on = None
        """
        text = dedent(body)
        for name, statements in (("upgrade", upgrade), ("downgrade", downgrade)):
            text += f"\n\ndef {name}():\n{indent(dedent(statements).strip(), '    ')}\n"
        (self.folder / "versions" / f"{revision}.py").write_text(text)

    def generate(self, revision: str) -> str:
        """Autogenerate a revision and return its text."""
        command.revision(self.config(), revision, autogenerate=True, rev_id=revision)
        return next((self.folder / "versions").glob(f"{revision}*.py")).read_text()

    def upgrade(self, revision: str = "head") -> None:
        command.upgrade(self.config(), revision)

    def downgrade(self, revision: str = "base") -> None:
        command.downgrade(self.config(), revision)

    def check(self) -> None:
        command.check(self.config())

    def script(self, url: str = "redshift://", revision: str = "head") -> str:
        """Return the SQL that an offline upgrade prints."""
        out = io.StringIO()
        command.upgrade(self.config(url, out), revision, sql=True)
        return out.getvalue()

    def config(self, url: str | None = None, out: io.StringIO | None = None) -> Config:
        config = Config(output_buffer=out, stdout=io.StringIO())
        config.set_main_option("script_location", str(self.folder))
        config.set_main_option("path_separator", "os")
        config.set_main_option("sqlalchemy.url", url or self.url)
        config.attributes["metadata"] = self.metadata
        return config


@pytest.fixture
def migrations(tmp_path: Path) -> Callable[[MetaData], Migrations]:
    """Return a maker of an empty folder of migrations on a new DuckDB file."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(_ENV)
    (folder / "script.py.mako").write_text(_TEMPLATE)
    return lambda metadata: Migrations(folder, f"duckdb:///{tmp_path / 'w.duckdb'}", metadata)
