"""The answer to a query: rows, with ways into other libraries."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, Executable, Row, TextClause
from sqlalchemy.sql.selectable import SelectBase

from sparkify_dwh.display import html_table, text_table
from sparkify_dwh.errors import ConfigurationError
from sparkify_dwh.queries import frames
from sparkify_dwh.queries.registry import kind_of
from sparkify_dwh.queries.rendering import sql

if TYPE_CHECKING:
    # Extras: they may be missing where types are checked.
    import pandas as pd  # type: ignore[import-not-found,import-untyped,unused-ignore]
    import polars as pl  # type: ignore[import-not-found,import-untyped,unused-ignore]
    import pyarrow as pa  # type: ignore[import-not-found,import-untyped,unused-ignore]


class Result(Sequence[Row[Any]]):
    """The rows of a query, fetched; a sequence that shows itself as a table."""

    def __init__(
        self,
        rows: Sequence[Row[Any]],
        *,
        columns: Sequence[tuple[str, str]],
        statement: Executable,
        dialect: str,
    ) -> None:
        """Take the rows, the columns as pairs of name and kind, and what was asked."""
        self._rows = list(rows)
        self._columns = tuple(columns)
        self._dialect = dialect
        self.statement = statement

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(name for name, _ in self._columns)

    @property
    def rows(self) -> list[Row[Any]]:
        """The rows; each is a tuple that knows its columns by name, too."""
        return list(self._rows)

    def sql(self, dialect: str | None = None) -> str:
        """Return the SQL that was run, or what it is for the other engine."""
        return sql(self.statement, dialect or self._dialect)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries by column name."""
        return [dict(row._mapping) for row in self._rows]

    def to_arrow(self) -> "pa.Table":
        """Return the rows as an Arrow table."""
        return frames.to_arrow(self._columns, self._rows)

    def to_polars(self) -> "pl.DataFrame":
        """Return the rows as a polars frame."""
        return frames.to_polars(self._columns, self._rows)

    def to_pandas(self) -> "pd.DataFrame":
        """Return the rows as a pandas frame."""
        return frames.to_pandas(self._columns, self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def __iter__(self) -> Iterator[Row[Any]]:
        return iter(self._rows)

    def __repr__(self) -> str:
        rows = "1 row" if len(self) == 1 else f"{len(self):,} rows"
        return f"<Result {rows}: {', '.join(self.columns)}>"

    def __str__(self) -> str:
        return text_table(self.columns, self._rows)

    def _repr_html_(self) -> str:
        return html_table(self.columns, self._rows)


#: How a text begins that only reads, on either engine, behind comments.
_READS = re.compile(
    r"(\s+|--[^\n]*\n|/\*.*?\*/|\()*(select|with|from|table|values|show|describe|summarize|explain)\b",
    re.IGNORECASE | re.DOTALL,
)


def fetch(engine: Engine, statement: Executable) -> Result:
    """Run a query and fetch its rows.

    Raises:
        ConfigurationError: The statement is no query; it was not carried out.
        sqlalchemy.exc.SQLAlchemyError: What the driver raised.
    """
    # Told before it is run: TRUNCATE commits on Redshift, and DuckDB returns rows for DELETE.
    reads = isinstance(statement, SelectBase) or (
        isinstance(statement, TextClause) and _READS.match(statement.text)
    )
    if not reads:
        raise ConfigurationError(
            "run() takes a query, and this statement is none",
            advice="Change data in a session: with wh.session() as session: …",
        )
    with engine.connect() as connection:
        found = connection.execute(statement)
        names, rows = list(found.keys()), found.fetchall()
    if isinstance(statement, SelectBase):
        kinds = [kind_of(column.type) for column in statement.selected_columns]
    else:
        kinds = ["any"] * len(names)
    return Result(
        rows,
        columns=list(zip(names, kinds, strict=True)),
        statement=statement,
        dialect=engine.dialect.name,
    )
