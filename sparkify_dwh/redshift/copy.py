"""COPY … FORMAT JSON from S3 as a SQLAlchemy statement.

sqlalchemy-redshift has a ``CopyCommand``, but it cannot say ``IAM_ROLE default``, accepts
anything that starts like an ARN, and writes keys into the text of the statement, which Redshift
keeps in system tables. The construct here knows roles only.

https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, String, Table
from sqlalchemy.exc import CompileError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable, Generative
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

from sparkify_dwh.redshift import safe_literals
from sparkify_dwh.redshift.safe_literals import UnsafeLiteralError

__all__ = ["Copy", "CopyOptions"]

_JSON_KEYWORDS = ("auto", "auto ignorecase")
_MOST_ERRORS = 100_000


@dataclass(frozen=True, kw_only=True)
class CopyOptions:
    """The validated options of a COPY, apart from its target.

    ``source_uri`` is the URI of a manifest, or with ``manifest=False`` a key prefix that ends
    with ``/``: COPY reads every object whose key starts with the text, so that ``s3://b/log``
    would load ``s3://b/log_old/`` as well. ``jsonpaths`` is ``auto``, ``auto ignorecase`` or
    the URI of a JSONPaths file.
    """

    source_uri: str
    iam_role: str
    region: str | None = None
    jsonpaths: str = "auto"
    manifest: bool = False
    gzip: bool = False
    time_format: str = "epochmillisecs"
    max_errors: int = 0

    def __post_init__(self) -> None:
        safe_literals.s3_uri(self.source_uri, what="the source of a COPY")
        safe_literals.iam_role(self.iam_role)
        safe_literals.time_format(self.time_format)
        if self.region is not None:
            safe_literals.aws_region(self.region)
        if self.jsonpaths not in _JSON_KEYWORDS:
            safe_literals.s3_uri(self.jsonpaths, what="the JSONPaths file of a COPY")
        if self.manifest == self.source_uri.endswith("/"):
            raise UnsafeLiteralError(
                "the source of a COPY has to be the URI of a manifest (manifest=True), "
                "or a prefix that ends with '/' (manifest=False)"
            )
        if not 0 <= self.max_errors <= _MOST_ERRORS:
            raise ValueError(f"max_errors has to lie between 0 and {_MOST_ERRORS}")


class Copy(Generative, Executable, ClauseElement):
    """``COPY table (columns) FROM 's3://…' IAM_ROLE … FORMAT AS JSON …``.

    The columns are given by name or as :class:`~sqlalchemy.schema.Column`, in the order of the
    JSONPaths file, which maps by position. TRUNCATECOLUMNS and ACCEPTINVCHARS are left out on
    purpose: both alter data in silence. Compression and statistics are left alone (``COMPUPDATE
    OFF STATUPDATE OFF``), because COPY may otherwise replace the declared encodings.

    >>> Copy(staging, ["ts"], source_uri="s3://b/run.manifest", manifest=True, iam_role="default")
    """

    # The options stand in the text of the statement, so two statements never share one.
    inherit_cache = False
    # Lets ``str(copy)`` show the statement without an engine.
    stringify_dialect = "redshift"

    def __init__(
        self,
        table: Table,
        columns: Sequence[str | Column[Any]],
        *,
        source_uri: str,
        iam_role: str,
        region: str | None = None,
        jsonpaths: str = "auto",
        manifest: bool = False,
        gzip: bool = False,
        time_format: str = "epochmillisecs",
        max_errors: int = 0,
    ) -> None:
        self.table = table
        self.columns = tuple(
            table.c[column if isinstance(column, str) else column.key] for column in columns
        )
        self.copy_options = CopyOptions(
            source_uri=source_uri,
            iam_role=iam_role,
            region=region,
            jsonpaths=jsonpaths,
            manifest=manifest,
            gzip=gzip,
            time_format=time_format,
            max_errors=max_errors,
        )

    def __repr__(self) -> str:
        return f"Copy({self.table.name!r}, {self.copy_options!r})"


@compiles(Copy)
def _refuse_copy(element: Copy, compiler: SQLCompiler, **kw: Any) -> str:
    raise CompileError("COPY from S3 exists on Redshift only")


@compiles(Copy, "redshift")
def _compile_copy(element: Copy, compiler: SQLCompiler, **kw: Any) -> str:
    options = element.copy_options

    def literal(value: str) -> str:
        return compiler.render_literal_value(value, String())

    target = compiler.preparer.format_table(element.table)
    if element.columns:
        names = ", ".join(compiler.preparer.quote(column.name) for column in element.columns)
        target += f" ({names})"
    role = options.iam_role if options.iam_role == "default" else literal(options.iam_role)
    clauses = [
        f"COPY {target}",
        f"FROM {literal(options.source_uri)}",
        f"IAM_ROLE {role}",
    ]
    if options.region is not None:
        clauses.append(f"REGION {literal(options.region)}")
    clauses.append(f"FORMAT AS JSON {literal(options.jsonpaths)}")
    if options.manifest:
        clauses.append("MANIFEST")
    if options.gzip:
        clauses.append("GZIP")
    clauses.append(f"TIMEFORMAT {literal(options.time_format)}")
    clauses.append("COMPUPDATE OFF STATUPDATE OFF")
    clauses.append(f"MAXERROR {options.max_errors:d}")
    return "\n".join(clauses)
