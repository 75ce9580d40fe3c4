"""The ``redshift_*`` options of tables and columns, told to SQLAlchemy without the dialect.

SQLAlchemy loads a dialect as soon as a table names one of its options. This one brings Alembic
along, which would be a fifth of the start of every load into a DuckDB file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from sqlalchemy import Column, Index, Table
from sqlalchemy.dialects import registry

_NAME = "redshift"


class RedshiftOptions:
    """The options that sqlalchemy-redshift declares, as SQLAlchemy asks a dialect for them."""

    construct_arguments: ClassVar[list[tuple[type, dict[str, Any]]]] = [
        (Index, {"using": False, "where": None, "ops": {}}),
        (
            Table,
            {
                "ignore_search_path": False,
                "diststyle": None,
                "distkey": None,
                "sortkey": None,
                "interleaved_sortkey": None,
            },
        ),
        (Column, {"encode": None, "distkey": None, "sortkey": None, "identity": None}),
    ]


def declare() -> None:
    """Let SQLAlchemy know the options; it asks once, and remembers for all tables to come."""
    with _standing_in_for_the_dialect():
        Table.argument_for(_NAME, "diststyle", None)


@contextmanager
def _standing_in_for_the_dialect() -> Iterator[None]:
    registered = registry.impls.get(_NAME)
    registry.register(_NAME, __name__, RedshiftOptions.__name__)
    try:
        yield
    finally:
        registry.deregister(_NAME)
        if registered is not None:
            registry.impls[_NAME] = registered
