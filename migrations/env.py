"""Runs the migrations on the database of the settings, or writes them as SQL."""

from logging.config import fileConfig

import sqlalchemy.exc
from alembic import context
from alembic.util import CommandError

from sparkify_dwh.engines.connect import explain, open_engine, parse_url
from sparkify_dwh.errors import SparkifyError
from sparkify_dwh.redshift.alembic_impl import configure_options
from sparkify_dwh.settings import Settings
from sparkify_dwh.tables import metadata

config = context.config
if config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)


def run() -> None:
    """Run or write the migrations; ``-x database_url=…`` beats the environment."""
    given = config.attributes.get("settings")
    arguments = context.get_x_argument(as_dictionary=True)
    settings = given or Settings.resolve(database_url=arguments.get("database_url"))
    if context.is_offline_mode():
        write_sql(settings)
    else:
        migrate(settings)


def write_sql(settings: Settings) -> None:
    """Write the statements for the engine of the URL; no connection is made."""
    context.configure(**configure_options(parse_url(settings), metadata, offline=True))
    with context.begin_transaction():
        if settings.schema_name is not None:
            context.execute(f"SET search_path TO {settings.schema_name}")
        context.run_migrations()


def migrate(settings: Settings) -> None:
    """Connect and run the migrations."""
    engine = open_engine(settings)
    try:
        with engine.connect() as connection:
            context.configure(
                connection=connection, **configure_options(connection.dialect, metadata)
            )
            with context.begin_transaction():
                context.run_migrations()
    except sqlalchemy.exc.DBAPIError as error:
        raise explain(error, engine.url) from None
    finally:
        engine.dispose()


try:
    run()
except SparkifyError as error:
    if config.cmd_opts is None:  # called as a function: the caller wants our error
        raise
    raise CommandError(str(error)) from None
