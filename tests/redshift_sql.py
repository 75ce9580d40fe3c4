"""A prover for SQL that is meant for Redshift, without a cluster.

``assert_redshift_sql(sql)`` combines two checks. sqlfluff's Redshift grammar has to parse the
text without an unparsable section; it is the best free grammar there is. What it lets pass
although Redshift does not (or although it does harm in a load) stands in a denylist, which reads
the text without its comments, string literals and quoted names, so that
``'no RETURNING here'`` is fine.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from sqlalchemy import create_mock_engine
from sqlalchemy.sql.expression import ClauseElement
from sqlfluff.core import FluffConfig, Linter

from sparkify_dwh.redshift import register

# One token of SQL text: what may hide a keyword, or hold one that means nothing. A backslash
# escapes the next character, as on Redshift.
_TOKEN = re.compile(
    r"""
    (?P<string>'(?:[^'\\]|\\.|'')*')
  | (?P<dollar>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
  | (?P<name>"(?:[^"]|"")*")
  | (?P<comment>--[^\n]*|/\*.*?\*/)
    """,
    re.VERBOSE | re.DOTALL,
)
_PLACEHOLDER = re.compile(r"%\(\w+\)s|%s")

_DENIED: tuple[tuple[str, str], ...] = (
    (r"\bRETURNING\b", "RETURNING"),
    (r"\bON\s+CONFLICT\b", "ON CONFLICT"),
    (r"\bDISTINCT\s+ON\b", "DISTINCT ON"),
    (r"\bIS\s+(NOT\s+)?DISTINCT\s+FROM\b", "IS DISTINCT FROM"),
    (r"\bFILTER\s*\(", "FILTER on an aggregate"),
    (r"\bSTRING_AGG\s*\(", "string_agg, which is LISTAGG on Redshift"),
    (r"\bARRAY_AGG\s*\(", "array_agg"),
    (r"\bGENERATE_SERIES\s*\(", "generate_series, which runs on the leader node only"),
    (r"\bUNNEST\s*\(", "unnest"),
    (r"\bARRAY\s*\[|\w\s*\[\s*\d*\s*\]|'\s*\[", "an array"),
    (r"(^|;|\()\s*VALUES\b|\bAS\s+VALUES\b", "VALUES as a table"),
    (r"\b(CREATE\s+(UNIQUE\s+)?|DROP\s+|ALTER\s+)INDEX\b", "an index"),
    (r"\b(CREATE(\s+TEMP(ORARY)?)?|DROP|ALTER)\s+SEQUENCE\b", "a sequence"),
    (r"\b(NEXTVAL|CURRVAL|SETVAL|LASTVAL)\s*\(", "a sequence function"),
    (r"\b(SMALL|BIG)?SERIAL\b", "SERIAL"),
    (r"\b(JSONB?|UUID|BYTEA|HSTORE|CITEXT)\b(?!\s*')(?<!AS JSON)", "a PostgreSQL-only type"),
    (r"\bTIMESTAMP\s*\(", "a precision on TIMESTAMP"),
    (r"\bCHECK\s*\(", "a CHECK constraint"),
    (r"\bEXCLUDE\s+(USING|\()", "an EXCLUDE constraint"),
    (r"\bON\s+(DELETE|UPDATE)\s+(CASCADE|SET|RESTRICT|NO)\b", "an action of a foreign key"),
    (r"\bDEFERRABLE\b", "DEFERRABLE"),
    (r"\b(ADD|DROP)\s+COLUMN\s+IF\b", "IF [NOT] EXISTS on a column"),
    (r"\bALTER\s+COLUMN\s+\S+\s+(SET|DROP)\b", "ALTER COLUMN ... SET or DROP"),
    (r"\bSAVEPOINT\b|\bROLLBACK\s+TO\b", "SAVEPOINT"),
    (r"\bFOR\s+(UPDATE|SHARE)\b", "a row lock"),
    (r"\bLATERAL\b", "LATERAL"),
    (r"(^|;)\s*WITH\b[^;]*\b(INSERT\s+INTO|DELETE\s+FROM|UPDATE)\b", "WITH before DML"),
    (r"\b(READ_JSON\w*|READ_CSV\w*|EPOCH_MS|STRFTIME|LIST_\w+)\s*\(", "a DuckDB function"),
    (r"\bDISTKEY\b[^;]*\bDISTKEY\b", "two DISTKEYs"),
    (r"\bSORTKEY\b[^;]*\bSORTKEY\b", "two SORTKEYs"),
    (r"\bDISTSTYLE\s+(EVEN|ALL|AUTO)\b[^;]*\bDISTKEY\b", "a DISTKEY beside another DISTSTYLE"),
    (r"\bINTERLEAVED\b", "an interleaved sort key"),
    (r"\b(TRUNCATECOLUMNS|ACCEPTINVCHARS)\b", "a COPY option that alters data in silence"),
    (r"\b(CREDENTIALS|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)\b", "keys in a statement"),
    (r"(^|;)\s*COPY\b(?![^;]*\bIAM_ROLE\b)", "COPY without IAM_ROLE"),
    (r"%\(\w*\)", "a bind placeholder that is not pyformat"),
)
# These commit, or must not run in, the transaction that they stand in.
_DENIED_IN_TRANSACTION: tuple[tuple[str, str], ...] = (
    (r"(^|;)\s*TRUNCATE\b", "TRUNCATE, which commits the transaction"),
    (r"\bALTER\s+TABLE\b[^;]*\bAPPEND\b", "ALTER TABLE APPEND, which commits the transaction"),
    (r"(^|;)\s*VACUUM\b", "VACUUM inside a transaction"),
    (r"\bALTER\s+COLUMN\b[^;]*\bTYPE\b", "ALTER COLUMN TYPE inside a transaction"),
    (r"\bALTER\s+(DISTSTYLE|DISTKEY|(COMPOUND\s+)?SORTKEY|ENCODE)\b", "a layout change inside one"),
    (r"\bALTER\s+COLUMN\b[^;]*\bENCODE\b", "a layout change inside a transaction"),
)


class NotRedshiftSql(AssertionError):
    """The text is not SQL that Redshift takes."""


def assert_redshift_sql(sql: str | ClauseElement, *, in_transaction: bool = True) -> None:
    """Fail unless ``sql`` (text, or a statement that is compiled first) suits Redshift.

    Bind placeholders (``%(name)s``) stand for a number. ``in_transaction=False`` admits what
    may not run in a transaction block, such as TRUNCATE and changes of the layout.
    """
    text = sql if isinstance(sql, str) else redshift_sql(sql)
    complaint = _complaint(text, in_transaction)
    if complaint:
        raise NotRedshiftSql(f"{complaint}\n{text}")


def redshift_sql(statement: ClauseElement, **compile_kwargs: Any) -> str:
    """Return the text that the project's Redshift dialect makes of ``statement``."""
    register()
    dialect = create_mock_engine("redshift+psycopg2://", _never_execute).dialect
    return str(statement.compile(dialect=dialect, compile_kwargs=compile_kwargs)).strip()


def _never_execute(*args: Any, **kwargs: Any) -> None:
    raise AssertionError("nothing is executed here")


@cache
def _complaint(text: str, in_transaction: bool) -> str | None:
    plain = _PLACEHOLDER.sub("1", text).replace("%%", "%")
    bare = _without_literals(plain)
    denied = _DENIED + (_DENIED_IN_TRANSACTION if in_transaction else ())
    for pattern, reason in denied:
        if re.search(pattern, bare, re.IGNORECASE):
            return f"not on Redshift: {reason}"
    return _parse_complaint(plain)


def _without_literals(text: str) -> str:
    """Return the text with comments, strings and quoted names replaced by stand-ins."""

    def stand_in(match: re.Match[str]) -> str:
        if match["comment"]:
            return " "
        return '"q"' if match["name"] else "''"

    return _TOKEN.sub(stand_in, text)


def _parse_complaint(text: str) -> str | None:
    parsed = _linter().parse_string(_without_backslashes(text))
    if parsed.violations:
        return f"sqlfluff: {parsed.violations[0]}"
    if parsed.tree is None or any(True for _ in parsed.tree.recursive_crawl("unparsable")):
        return "sqlfluff: an unparsable section"
    return None


def _without_backslashes(text: str) -> str:
    """Replace strings with escapes by plain ones: sqlfluff does not know backslash escapes."""

    def plain(match: re.Match[str]) -> str:
        escaped = match["string"] is not None and "\\" in match["string"]
        return "'escaped'" if escaped else match[0]

    return _TOKEN.sub(plain, text)


@cache
def _linter() -> Linter:
    return Linter(config=FluffConfig(overrides={"dialect": "redshift", "templater": "raw"}))
