"""SQL that the engines spell differently, one construct each."""

from typing import Any

from sqlalchemy import BigInteger, DateTime
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class epoch_ms_to_timestamp(GenericFunction[Any]):  # noqa: N801 - named as SQL functions are
    """The UTC timestamp, with its milliseconds, of an epoch in milliseconds."""

    type = DateTime()
    inherit_cache = True


class byte_length(GenericFunction[Any]):  # noqa: N801 - named as SQL functions are
    """The length of a text in UTF-8 bytes."""

    type = BigInteger()
    inherit_cache = True


@compiles(byte_length, "duckdb")
def _duckdb_bytes(element: byte_length, compiler: Any, **kw: Any) -> str:
    return f"strlen({compiler.process(element.clauses, **kw)})"


@compiles(byte_length, "redshift")
def _redshift_bytes(element: byte_length, compiler: Any, **kw: Any) -> str:
    return f"OCTET_LENGTH({compiler.process(element.clauses, **kw)})"


@compiles(epoch_ms_to_timestamp, "duckdb")
def _duckdb(element: epoch_ms_to_timestamp, compiler: Any, **kw: Any) -> str:
    return f"epoch_ms({compiler.process(element.clauses, **kw)})"


@compiles(epoch_ms_to_timestamp, "redshift")
def _redshift(element: epoch_ms_to_timestamp, compiler: Any, **kw: Any) -> str:
    # Dividing by 1000 to count seconds, as is often seen, would lose the milliseconds.
    return f"DATEADD(ms, {compiler.process(element.clauses, **kw)}, TIMESTAMP '1970-01-01')"
