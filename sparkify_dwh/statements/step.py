"""One statement of a load, with the name that progress and dry runs show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, CreateTableAs, CursorResult, Dialect, FromClause
from sqlalchemy.sql.compiler import SQLCompiler

NO_VALUES: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A statement and what it does, in words.

    SQLAlchemy has no common type for what can be both compiled and executed, so that the
    statement is Any.
    """

    name: str  #: such as "songplays: insert new plays"
    statement: Any
    #: A temporary table without whose rows the statement would change nothing. Not running it
    #: then saves a scan of the fact, which is the usual case.
    only_for_rows_of: FromClause | None = None
    #: Temporary tables with whose rows the statement would do wrong. Another one takes its place.
    unless_rows_of: tuple[FromClause, ...] = ()
    _compiled: dict[type[Dialect], "_Compiled"] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    def run(
        self, connection: Connection, values: Mapping[str, Any] = NO_VALUES
    ) -> CursorResult[*tuple[Any, ...]]:
        """Execute the statement with the values of its named parameters.

        It is compiled the first time: where a load is small, that takes longer than to run it.
        SQLAlchemy's own cache ends with the engine, which is one of the load.
        """
        return self.compile(connection.dialect).run(connection, values)

    def compile(self, dialect: Dialect) -> "_Compiled":
        """Return the compiled statement; whoever has time may let it be compiled ahead."""
        compiled = self._compiled.get(type(dialect))
        if compiled is None:
            compiled = self._compiled[type(dialect)] = _Compiled(self.statement, dialect)
        return compiled


def in_full(statement: Any, dialect: Dialect) -> str:
    """Return the SQL of a statement, all values written into it."""
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})).strip()


class _Compiled:
    """The SQL of a statement, and what its parameters are."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        self._sql = ""
        if isinstance(statement, CreateTableAs):
            # Not compiled as a whole: SQLAlchemy would write the values into it.
            kind = "TEMPORARY TABLE" if statement.temporary else "TABLE"
            self._sql = f"CREATE {kind} {statement.table.name} AS "
            statement = statement.selectable
        self._compiler: SQLCompiler = statement.compile(
            dialect=dialect, compile_kwargs={"render_postcompile": True}
        )
        self._sql += str(self._compiler)
        # A parameter that the library has named has its value from the load; the other values
        # are constants of the statement.
        self._named = {name for bind, name in self._compiler.bind_names.items() if not bind.unique}

    def run(
        self, connection: Connection, values: Mapping[str, Any]
    ) -> CursorResult[*tuple[Any, ...]]:
        """Execute the statement.

        Raises:
            KeyError: A named parameter is given no value.
        """
        if missing := self._named - values.keys():
            raise KeyError(", ".join(sorted(missing)))
        given = {name: values[name] for name in self._named}
        parameters = self._compiler.construct_params(given)
        if not parameters:
            return connection.exec_driver_sql(self._sql)
        order = self._compiler.positiontup
        if order is None:
            return connection.exec_driver_sql(self._sql, dict(parameters))
        return connection.exec_driver_sql(self._sql, tuple(parameters[name] for name in order))
