"""Brings the schema to head, tells which revision it is at, and drops it again.

The migrations stand at the top of a checkout, and inside an installed package.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

from sparkify_dwh.errors import SchemaNotAtHeadError
from sparkify_dwh.settings import Settings

if TYPE_CHECKING:
    from alembic.config import Config

#: The revision that this version of the library works with: the newest one. Held here so
#: that a load need not import Alembic; a test holds it against the migrations.
HEAD = "0003"

VERSION_TABLE = "alembic_version"


def migrations_folder() -> Path:
    """Return the folder with the migrations: the checkout's, or the installed package's."""
    package = Path(__file__).parent
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


def alembic_config(settings: Settings | None = None) -> "Config":
    """Return an Alembic configuration for the migrations and, if given, the settings."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["settings"] = settings
    return config


def upgrade(settings: Settings | None = None, revision: str = "head") -> None:
    """Bring the schema of the settings' database to a revision, by default to head."""
    from alembic import command

    command.upgrade(alembic_config(settings), revision)


def downgrade(settings: Settings | None = None, revision: str = "base") -> None:
    """Take the schema back to a revision; ``base`` drops all tables and all data."""
    from alembic import command

    command.downgrade(alembic_config(settings), revision)


def current_revision(connection: Connection) -> str | None:
    """Return the revision that the schema is at, or None when there is none."""
    from sqlalchemy import column, select, table

    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    versions = table(VERSION_TABLE, column("version_num"))
    return connection.scalar(select(versions.c.version_num))


def require_head(connection: Connection) -> None:
    """Check that the schema is the one of this version of the library.

    Raises:
        SchemaNotAtHeadError: It is not; the message names the command to run.
    """
    found = current_revision(connection)
    if found != HEAD:
        raise SchemaNotAtHeadError(found=found, head=HEAD)
