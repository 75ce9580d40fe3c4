"""Connects to the warehouse of a URL, and turns what a driver says into one clear line."""

import os
import re
from pathlib import Path
from typing import Any

import sqlalchemy.exc
from sqlalchemy import URL, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.pool import NullPool

from sparkify_dwh.errors import (
    ConfigurationError,
    DatabaseError,
    DatabaseLockedError,
    SparkifyError,
)
from sparkify_dwh.settings import Settings

DUCKDB, REDSHIFT = "duckdb", "redshift"

#: Another driver would bring the dialect of sqlalchemy-redshift, bugs included.
_DRIVERS = (DUCKDB, REDSHIFT, f"{REDSHIFT}+psycopg2")

#: Nothing is downloaded or loaded behind the user's back; JSON is part of DuckDB itself.
_DUCKDB_CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    # Of a file that is made: texts are stored faster and smaller than in the format that DuckDB
    # takes for the sake of its versions before this one. A file that is there stays as it is.
    "storage_compatibility_version": "v1.5.0",
}
#: How the server's tables of sessions and queries name the loader.
APPLICATION = "sparkify_dwh"
#: A server that does not answer is away: waiting for minutes helps nobody. One that falls
#: silent during a statement is given up by the keep-alives of TCP, after about two minutes.
_REDSHIFT_ARGUMENTS = {
    "connect_timeout": 10,
    "application_name": APPLICATION,
    "keepalives": 1,
    "keepalives_idle": 60,
    "keepalives_interval": 15,
    "keepalives_count": 4,
    "tcp_user_timeout": 120_000,
}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_OWN_HOST = re.compile(r"\.(redshift|redshift-serverless)\.amazonaws\.com(\.cn)?$")


def parse_url(settings: Settings) -> URL:
    """Return the database URL of the settings.

    Raises:
        ConfigurationError: It is malformed, or names an engine that is not supported.
    """
    advice = "Set SPARKIFY_DATABASE_URL to duckdb:///FILE or redshift+psycopg2://USER@HOST:5439/DB."
    try:
        url = make_url(settings.database_url.get_secret_value())
        backend = url.get_backend_name()
    except (sqlalchemy.exc.ArgumentError, ValueError):
        # The text is not shown: it may hold a password.
        raise ConfigurationError("the database URL cannot be read", advice=advice) from None
    if backend not in (DUCKDB, REDSHIFT):
        raise ConfigurationError(f"the engine {backend!r} is not supported", advice=advice)
    if url.drivername not in _DRIVERS:
        driver = url.drivername.partition("+")[2]
        raise ConfigurationError(f"the driver {driver!r} is not supported", advice=advice)
    return url


def open_engine(settings: Settings, *, read_only: bool = False) -> Engine:
    """Return a SQLAlchemy engine for the URL of the settings; it connects when it is used.

    The schema of the settings, if any, is put first on the search path of each connection,
    so that models, migrations and loads all work in it.

    Raises:
        ConfigurationError: The URL is wrong.
    """
    url = parse_url(settings)
    engine = (
        _duckdb_engine(url, read_only=read_only)
        if url.get_backend_name() == DUCKDB
        else _redshift_engine(url, settings)
    )
    if settings.schema_name is not None:
        _use_schema(engine, settings.schema_name, read_only=read_only)
    return engine


def _duckdb_engine(url: URL, *, read_only: bool) -> Engine:
    import duckdb_sqlalchemy  # noqa: F401 - registers the dialect

    config = dict(_DUCKDB_CONFIG)
    if read_only:
        # A load has to read files; who asks questions only reads the warehouse.
        config["enable_external_access"] = "false"
    if is_in_file(url):
        folder = os.path.dirname(os.path.abspath(str(url.database)))
        if not os.path.isdir(folder):
            raise ConfigurationError(f"the folder {folder} for the database file does not exist")
        # One connection for one purpose, closed at its end: an idle one would keep every
        # other process out of the file.
        engine = create_engine(
            url,
            poolclass=NullPool,
            connect_args={"config": config, "read_only": read_only},
            hide_parameters=True,
        )
    else:
        engine = create_engine(url, connect_args={"config": config}, hide_parameters=True)
    event.listen(engine, "handle_error", _give_up_after_fatal_error)
    return engine


def is_in_file(url: URL) -> bool:
    """Return whether the DuckDB database of the URL lies in a file, not in memory."""
    return url.database not in (None, "", ":memory:")


def open_scratch(folder: Path, *, memory_limit: str) -> Engine:
    """Return an engine for a DuckDB in memory that reads and writes below the folder alone.

    What does not fit into memory goes there, too.
    """
    import duckdb_sqlalchemy  # noqa: F401 - registers the dialect

    from sparkify_dwh.statements.duckdb_types import text_literal

    config = _DUCKDB_CONFIG | {"temp_directory": str(folder), "memory_limit": memory_limit}
    engine = create_engine(
        "duckdb:///:memory:",
        poolclass=NullPool,
        connect_args={"config": config},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def close_doors(connection: Any, record: Any) -> None:
        del record
        cursor = connection.cursor()
        # In this order: where access is off, no exception from it can be made any more.
        cursor.execute(f"SET allowed_directories = [{text_literal(str(folder))}]")
        cursor.execute("SET enable_external_access = false")
        cursor.close()

    return engine


def _give_up_after_fatal_error(context: ExceptionContext) -> None:
    """Let a connection go that DuckDB refuses any further statement, a ROLLBACK included."""
    if type(context.original_exception).__name__ == "FatalException":
        context.is_disconnect = True


def _redshift_engine(url: URL, settings: Settings) -> Engine:
    from sparkify_dwh.redshift import register

    register()
    arguments: dict[str, Any] = dict(_REDSHIFT_ARGUMENTS)
    if "sslmode" not in url.query:
        arguments["sslmode"] = "prefer" if url.host in _LOOPBACK else "verify-full"
    engine = create_engine(url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
    if _uses_iam(url, settings):
        _ask_aws_for_password(engine)
    _tag_queries(engine)
    return engine


def _uses_iam(url: URL, settings: Settings) -> bool:
    """Return whether AWS is to hand out the password."""
    if settings.iam_auth is not None:
        return settings.iam_auth
    has_password = bool(url.password) or "PGPASSWORD" in os.environ
    return not has_password and _OWN_HOST.search(url.host or "") is not None


def _ask_aws_for_password(engine: Engine) -> None:
    @event.listens_for(engine, "do_connect")
    def take_credentials(dialect: Any, record: Any, args: Any, parameters: dict[str, Any]) -> None:
        del dialect, record, args
        from sparkify_dwh.engines.iam_credentials import temporary_credentials

        parameters["user"], parameters["password"] = temporary_credentials(engine.url)


def _tag_queries(engine: Engine) -> None:
    """Let the server's logs and queues know whose statements these are."""

    @event.listens_for(engine, "connect")
    def set_query_group(connection: Any, record: Any) -> None:
        del record
        cursor = connection.cursor()
        cursor.execute(f"SET query_group TO '{APPLICATION}'")
        cursor.close()
        connection.commit()


def _use_schema(engine: Engine, schema: str, *, read_only: bool) -> None:
    """Put a schema, whose name was checked by the settings, first on the search path.

    In a DuckDB file the schema is made where it is missing. On Redshift that is for whoever
    owns the database to do, see :mod:`sparkify_dwh.redshift.roles`.
    """
    setting = (
        f"SET search_path = '{schema}'"
        if engine.dialect.name == DUCKDB
        else f"SET search_path TO {schema}, public"
    )

    @event.listens_for(engine, "connect", insert=True)
    def set_search_path(connection: Any, record: Any) -> None:
        del record
        cursor = connection.cursor()
        if engine.dialect.name == DUCKDB and not read_only:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        cursor.execute(setting)
        cursor.close()
        if engine.dialect.name != DUCKDB:
            connection.commit()


_LOCK_HOLDER = re.compile(r"PID (\d+)")


def explain(error: sqlalchemy.exc.DBAPIError, url: URL) -> SparkifyError:
    """Return our error for what a driver raised: its first line, without any secret."""
    cause = error.orig
    message = str(cause)
    if "Could not set lock" in message or "Conflicting lock" in message:
        holder = _LOCK_HOLDER.search(message)
        return DatabaseLockedError(str(url.database), pid=int(holder[1]) if holder else None)
    if is_open_otherwise(error):
        return DatabaseError(
            f"{url.database} is open in this process already, in another way",
            advice="Close that connection, or connect as it did: read_only=True or not.",
        )
    if "Out of Memory Error" in message:
        advice = "Allow more by SPARKIFY_MEMORY_LIMIT, or by ?memory_limit= in the database URL."
        return DatabaseError(f"{url.database}: {message.strip().splitlines()[0]}", advice=advice)
    line = message.strip().splitlines()[0] if message.strip() else type(cause).__name__
    if url.password:
        line = line.replace(str(url.password), "***")
    where = url.database if url.get_backend_name() == DUCKDB else f"{url.host}:{url.port or 5439}"
    return DatabaseError(f"{where}: {line}")


def is_open_otherwise(error: sqlalchemy.exc.DBAPIError) -> bool:
    """Return whether DuckDB refuses to open a file that the process has open in another way."""
    return "with a different configuration than existing connections" in str(error.orig)
