"""Turns rows into tables of Arrow, polars and pandas, none of which is required.

The columns get their types from the query, not from the values: an empty answer has the same
columns as a full one, and both engines give the same table.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sparkify_dwh.errors import ConfigurationError

if TYPE_CHECKING:
    # Extras: they may be missing where types are checked.
    import pandas as pd  # type: ignore[import-not-found,import-untyped,unused-ignore]
    import polars as pl  # type: ignore[import-not-found,import-untyped,unused-ignore]
    import pyarrow as pa  # type: ignore[import-not-found,import-untyped,unused-ignore]

Columns = Sequence[tuple[str, str]]
Rows = Sequence[Sequence[Any]]


def require(module: str, *, package: str, extra: str) -> Any:
    """Import an optional library.

    Raises:
        ConfigurationError: It is not installed; the advice is the command that installs it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise ConfigurationError(
            f"{package} is not installed",
            advice=f"Run: pip install 'sparkify-dwh[{extra}]', or pip install {package}",
        ) from None


def to_arrow(columns: Columns, rows: Rows) -> "pa.Table":
    """Return an Arrow table; timestamps have no zone and are UTC."""
    arrow = require("pyarrow", package="pyarrow", extra="frames")
    types = {
        "boolean": arrow.bool_(),
        "integer": arrow.int64(),
        "float": arrow.float64(),
        "timestamp": arrow.timestamp("us"),
        "date": arrow.date32(),
        "text": arrow.string(),
    }
    arrays = [
        arrow.array(_values(kind, rows, index), type=types.get(kind))
        for index, (_, kind) in enumerate(columns)
    ]
    # Named with their types: whether a checker knows them depends on what is installed.
    table: pa.Table = arrow.Table.from_arrays(arrays, names=[name for name, _ in columns])
    return table


def to_polars(columns: Columns, rows: Rows) -> "pl.DataFrame":
    """Return a polars frame; timestamps have no zone and are UTC."""
    polars = require("polars", package="polars", extra="frames")
    types = {
        "boolean": polars.Boolean,
        "integer": polars.Int64,
        "float": polars.Float64,
        "timestamp": polars.Datetime("us"),
        "date": polars.Date,
        "text": polars.String,
    }
    frame: pl.DataFrame = polars.DataFrame(
        [
            polars.Series(name, _values(kind, rows, index), dtype=types.get(kind))
            for index, (name, kind) in enumerate(columns)
        ]
    )
    return frame


def to_pandas(columns: Columns, rows: Rows) -> "pd.DataFrame":
    """Return a pandas frame; whole numbers are Int64, so that NULL can be among them."""
    pandas = require("pandas", package="pandas", extra="frames")
    types = {
        "boolean": "boolean",
        "integer": "Int64",
        "float": "float64",
        "timestamp": "datetime64[us]",
        "date": "datetime64[s]",
    }
    frame: pd.DataFrame = pandas.DataFrame(
        {
            name: pandas.Series(_values(kind, rows, index), dtype=types.get(kind, "object"))
            for index, (name, kind) in enumerate(columns)
        }
    )
    return frame


def _values(kind: str, rows: Rows, index: int) -> list[Any]:
    """Return a column's values; what a driver gives as Decimal becomes what was asked for."""
    values = [row[index] for row in rows]
    if kind == "date":
        return [value.date() if isinstance(value, dt.datetime) else value for value in values]
    if kind in ("integer", "float"):
        number = int if kind == "integer" else float
        return [number(value) if isinstance(value, Decimal) else value for value in values]
    return values
