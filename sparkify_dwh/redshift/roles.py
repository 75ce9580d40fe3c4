"""The rights of the three users of a warehouse: one owns it, one loads it, one reads it.

``python -m sparkify_dwh.redshift.roles --schema sparkify`` prints the SQL, for a superuser to
run once, before the owner's first ``alembic upgrade head``. Nothing here connects anywhere.

- The *owner* has the schema and runs the migrations.
- The *loader* runs loads: it may change rows, but create, drop or truncate nothing, apart
  from temporary tables.
- The *reader* asks questions of the star, and can write nothing. Rights on single tables
  can only be given when these are there, so this is printed by ``--after-upgrade``.
"""

import sys
from collections.abc import Iterator, Sequence

import click

from sparkify_dwh.console import run_command
from sparkify_dwh.errors import ConfigurationError
from sparkify_dwh.redshift.safe_literals import UnsafeLiteralError, schema_name

OWNER, LOADER, READER = "owner", "loader", "reader"

#: What a reader may read: the star, and how current it is. Staging and load_rejects hold what
#: the feeds sent, whatever that was.
READABLE = (
    "songplays",
    "users",
    "songs",
    "artists",
    "time",
    "load_runs",
    "load_files",
    "alembic_version",
)


def create_users(
    *, owner: str = OWNER, loader: str = LOADER, reader: str = READER
) -> Iterator[str]:
    """Yield the statements that make the users, without a password.

    Such a user logs in with a password from IAM, or with one that ALTER USER sets.
    """
    for user in (owner, loader, reader):
        yield f"CREATE USER {_name(user)} PASSWORD DISABLE"


def grants(
    *,
    schema: str = "public",
    database: str | None = None,
    owner: str = OWNER,
    loader: str = LOADER,
    reader: str = READER,
) -> Iterator[str]:
    """Yield the statements that give each user its rights in the schema.

    The loader's hold for tables that are there and, through default privileges, for those that
    the owner makes later; for the reader's see :func:`reader_grants`. ``database`` is where the
    loader may make temporary tables; PUBLIC may do so on Redshift unless that was taken away.

    Raises:
        ConfigurationError: A name is no plain lower-case identifier.
    """
    schema, owner, loader, reader = (_name(name) for name in (schema, owner, loader, reader))
    if schema == "public":
        # In the schema public everybody may create tables, unless one says otherwise.
        yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    else:
        yield f"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner}"
    yield f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {owner}"
    for user in (loader, reader):
        yield f"GRANT USAGE ON SCHEMA {schema} TO {user}"
    if database is not None:
        yield f"GRANT TEMP ON DATABASE {_name(database)} TO {loader}"
    rights = "SELECT, INSERT, UPDATE, DELETE"
    yield f"GRANT {rights} ON ALL TABLES IN SCHEMA {schema} TO {loader}"
    yield (
        f"ALTER DEFAULT PRIVILEGES FOR USER {owner} IN SCHEMA {schema} "
        f"GRANT {rights} ON TABLES TO {loader}"
    )


def reader_grants(*, schema: str = "public", reader: str = READER) -> Iterator[str]:
    """Yield the statements that let the reader read the star; the tables have to be there."""
    schema, reader = _name(schema), _name(reader)
    for table in READABLE:
        yield f"GRANT SELECT ON TABLE {schema}.{table} TO {reader}"


def _name(name: str) -> str:
    try:
        return schema_name(name)
    except UnsafeLiteralError:
        raise ConfigurationError(
            f"{name!r} is no plain lower-case name of a schema, database or user"
        ) from None


@click.command(name="python -m sparkify_dwh.redshift.roles")
@click.option("--schema", default="public", show_default=True, help="Schema of the warehouse.")
@click.option("--database", help="Database in which the loader may make temporary tables.")
@click.option("--owner", default=OWNER, show_default=True, help="User that runs migrations.")
@click.option("--loader", default=LOADER, show_default=True, help="User that runs loads.")
@click.option("--reader", default=READER, show_default=True, help="User that asks questions.")
@click.option("--create-users", "with_users", is_flag=True, help="Make the users, too.")
@click.option(
    "--after-upgrade", is_flag=True, help="Print what the reader needs once tables exist."
)
def command(  # noqa: PLR0917 - options are arguments
    schema: str,
    database: str | None,
    owner: str,
    loader: str,
    reader: str,
    with_users: bool,
    after_upgrade: bool,
) -> None:
    """Print the SQL that gives owner, loader and reader their rights."""
    users = {"owner": owner, "loader": loader, "reader": reader}
    if after_upgrade:
        statements = [*reader_grants(schema=schema, reader=reader)]
    else:
        statements = [*create_users(**users)] if with_users else []
        statements += grants(schema=schema, database=database, **users)
    for statement in statements:
        click.echo(f"{statement};")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return run_command(command, arguments)


if __name__ == "__main__":
    sys.exit(main())
