"""The warehouse as one object: connect, load, ask.

>>> import sparkify_dwh as sdw
>>> wh = sdw.connect()  # the database of the settings
>>> wh.upgrade()  # doctest: +SKIP
>>> wh.load()  # doctest: +SKIP
>>> wh.queries.plays_by_hour(level="paid").to_polars()  # doctest: +SKIP

Nothing here hides SQLAlchemy: ``wh.engine`` is a plain engine, and ``wh.run`` takes any query.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy.exc
from sqlalchemy import Engine, Executable, text
from sqlalchemy.orm import Session

from sparkify_dwh.display import html_table, shown_url
from sparkify_dwh.engines.connect import DUCKDB, explain, is_in_file, open_engine, parse_url
from sparkify_dwh.errors import ConfigurationError, DatabaseError, SchemaNotAtHeadError
from sparkify_dwh.queries import all_queries, user_agents
from sparkify_dwh.queries.registry import REGISTER, QueryInfo
from sparkify_dwh.queries.result import Result, fetch
from sparkify_dwh.schema import HEAD, current_revision
from sparkify_dwh.settings import Settings
from sparkify_dwh.status import Status, read_status

if TYPE_CHECKING:
    from sparkify_dwh.check import CheckReport
    from sparkify_dwh.load import LoadResult
    from sparkify_dwh.load.progress import Progress


def connect(
    url: str | os.PathLike[str] | None = None,
    *,
    read_only: bool = False,
    schema: str | None = None,
    **settings: Any,
) -> "Warehouse":
    """Return the warehouse of a URL; it connects when it is used.

    Args:
        url: ``duckdb:///FILE``, ``redshift+psycopg2://USER@HOST:5439/DB`` or the path of a
            DuckDB file; by default SPARKIFY_DATABASE_URL.
        read_only: Refuse to load and to upgrade. A DuckDB file is opened for reading only,
            and other processes may read it at the same time.
        schema: The schema of all tables; by default SPARKIFY_SCHEMA.
        **settings: Any other setting by its name in lower case, such as ``log_data``.

    Raises:
        ConfigurationError: The URL or a setting is wrong.
    """
    unknown = sorted(set(settings) - set(Settings.model_fields))
    if unknown:
        raise ConfigurationError(
            f"there is no setting {unknown[0]!r}",
            advice=f"The settings are {', '.join(sorted(Settings.model_fields))}.",
        )
    given = {"database_url": None if url is None else _as_url(url), "schema_name": schema}
    return Warehouse(Settings.resolve(**{**settings, **given}), read_only=read_only)


def _as_url(url: str | os.PathLike[str]) -> str:
    """Return the URL; a path is that of a DuckDB file."""
    if isinstance(url, os.PathLike) or ("://" not in url and url.endswith((".duckdb", ".db"))):
        return f"duckdb:///{Path(url).expanduser()}"
    return url


class Warehouse:
    """A warehouse: its engine, its loads, its state and the questions to it."""

    def __init__(self, settings: Settings | None = None, *, read_only: bool = False) -> None:
        """Take the settings, by default from the environment; see :func:`connect`."""
        self.settings = settings or Settings.resolve()
        self.read_only = read_only
        url = parse_url(self.settings)
        if url.get_backend_name() == DUCKDB and not is_in_file(url):
            raise ConfigurationError(
                "a warehouse in memory would be gone with the connection that loaded it",
                advice="Name a file: duckdb:///sparkify.duckdb",
            )
        #: A plain SQLAlchemy engine; on DuckDB it holds no connection while it is not used.
        self.engine: Engine = open_engine(self.settings, read_only=read_only)

    @property
    def url(self) -> str:
        """The URL of the database, the password hidden."""
        return shown_url(self.engine.url)

    @property
    def queries(self) -> "Questions":
        """The queries of :mod:`sparkify_dwh.queries`, each of them run on this warehouse."""
        return Questions(self)

    def run(self, query: Executable | str) -> Result:
        """Run a query, a SQLAlchemy construct or SQL text, and fetch its rows.

        Raises:
            ConfigurationError: It is no query: it returns no rows.
            DatabaseError: The database is out of reach or refused it.
        """
        statement = text(query) if isinstance(query, str) else query
        with self._explained():
            return fetch(self.engine, statement)

    def session(self) -> Session:
        """Return an ORM session; use it in a ``with`` block, which closes it."""
        return Session(self.engine)

    def upgrade(self, revision: str = "head") -> None:
        """Bring the schema to a revision, by default to that of this version."""
        from sparkify_dwh import schema

        self._require_writable("upgrade")
        with self._explained():
            schema.upgrade(self.settings, revision)

    def load(
        self,
        *,
        log_data: str | os.PathLike[str] | None = None,
        song_data: str | os.PathLike[str] | None = None,
        max_errors: int = 0,
        rebuild: bool = False,
        progress: "Progress | None" = None,
    ) -> "LoadResult":
        """Load the new files of both feeds; see :func:`sparkify_dwh.load.load`.

        Args:
            log_data: Where the log files lie; by default SPARKIFY_LOG_DATA.
            song_data: Where the song files lie; by default SPARKIFY_SONG_DATA.
            max_errors: Records that may be left out; one more fails the load.
            rebuild: Empty the warehouse first, in the same transaction.
            progress: Told of each step.

        Raises:
            SparkifyError: The load failed and nothing has changed.
        """
        from sparkify_dwh.load import load
        from sparkify_dwh.load.progress import silent

        self._require_writable("load")
        places = {"log_data": log_data, "song_data": song_data}
        given = {name: os.fspath(place) for name, place in places.items() if place is not None}
        return load(
            self.settings.model_copy(update=given),
            max_errors=max_errors,
            rebuild=rebuild,
            progress=progress or silent,
        )

    def check(self, **options: Any) -> "CheckReport":
        """Prove that the warehouse holds its promises; see :func:`sparkify_dwh.check.check`."""
        from sparkify_dwh.check import check

        return check(self.settings, engine=self.engine, **options)

    def status(self) -> Status:
        """Return revision, last load, rows, files and rejects.

        Raises:
            DatabaseError: The database is out of reach.
        """
        with self._explained():
            return read_status(self.engine)

    def __repr__(self) -> str:
        return f"<Warehouse {self.url}{' (read only)' if self.read_only else ''}>"

    def _repr_html_(self) -> str:
        return self.status()._repr_html_()

    def _require_writable(self, what: str) -> None:
        if self.read_only:
            raise ConfigurationError(
                f"{self!r} cannot {what}",
                advice="Connect without read_only=True.",
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what a driver raises into one line of cause and one of advice."""
        try:
            yield
        except sqlalchemy.exc.DBAPIError as error:
            raise self._why_missing() or explain(error, self.engine.url) from None

    def _why_missing(self) -> DatabaseError | None:
        """Return the reason for a failure that is behind most: no file or no schema yet."""
        if self.read_only and self.engine.dialect.name == DUCKDB:
            file = Path(str(self.engine.url.database))
            if not file.exists():
                return DatabaseError(
                    f"{file} does not exist",
                    advice="Make it without read_only=True: wh.upgrade(), then wh.load().",
                )
        try:
            with self.engine.connect() as connection:
                found = current_revision(connection)
        except sqlalchemy.exc.DBAPIError:
            return None
        return None if found == HEAD else SchemaNotAtHeadError(found=found, head=HEAD)


class Questions:
    """The queries, as methods that make a query, run it and return its rows.

    ``wh.queries.top_songs(n=3)`` is ``wh.run(sparkify_dwh.queries.top_songs(n=3))``. Queries
    that want the user agents get those that occur.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        """Take the warehouse to ask."""
        self._warehouse = warehouse

    def __getattr__(self, name: str) -> Callable[..., Result]:
        if name not in REGISTER:
            raise AttributeError(f"there is no query {name!r}; dir(wh.queries) lists them")
        info = REGISTER[name]

        @wraps(info.function)
        def ask(*arguments: Any, **parameters: Any) -> Result:
            if info.needs_user_agents and not arguments:
                arguments = (self._user_agents(parameters),)
            return self._warehouse.run(info.function(*arguments, **parameters))

        return ask

    def _user_agents(self, parameters: dict[str, Any]) -> list[str | None]:
        """Return the user agents of the plays that the parameters let through."""
        taken = REGISTER[user_agents.__name__].parameters
        same = {name: value for name, value in parameters.items() if name in taken}
        return [row[0] for row in self._warehouse.run(user_agents(**same))]

    def __dir__(self) -> list[str]:
        return sorted(REGISTER)

    def __repr__(self) -> str:
        return f"<{len(REGISTER)} queries: {', '.join(sorted(REGISTER))}>"

    def _repr_html_(self) -> str:
        return html_table(("query", "question"), [_name_and_question(q) for q in all_queries()])


def _name_and_question(info: QueryInfo) -> tuple[str, str]:
    return info.name, info.question
