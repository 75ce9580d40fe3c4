"""Differences between moments, which the engines spell differently."""

from typing import Any

from sqlalchemy import BigInteger, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class milliseconds_between(GenericFunction[Any]):  # noqa: N801 - named as SQL functions are
    """The milliseconds from one timestamp to a later one."""

    type = BigInteger()
    inherit_cache = True


class days_between(GenericFunction[Any]):  # noqa: N801 - named as SQL functions are
    """The days from one date to a later one."""

    type = Integer()
    inherit_cache = True


@compiles(milliseconds_between, "duckdb")
def _duckdb_milliseconds(element: milliseconds_between, compiler: Any, **kw: Any) -> str:
    return f"date_diff('millisecond', {compiler.process(element.clauses, **kw)})"


@compiles(milliseconds_between, "redshift")
def _redshift_milliseconds(element: milliseconds_between, compiler: Any, **kw: Any) -> str:
    return f"DATEDIFF(ms, {compiler.process(element.clauses, **kw)})"


@compiles(days_between, "duckdb")
def _duckdb_days(element: days_between, compiler: Any, **kw: Any) -> str:
    return f"date_diff('day', {compiler.process(element.clauses, **kw)})"


@compiles(days_between, "redshift")
def _redshift_days(element: days_between, compiler: Any, **kw: Any) -> str:
    return f"DATEDIFF(day, {compiler.process(element.clauses, **kw)})"
