"""Words errors as Redshift words them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


class BackendError(Exception):
    """Raised when PostgreSQL refuses a statement of the stand-in's own."""

    def __init__(self, content: Mapping[str, str]) -> None:
        super().__init__(content.get("M", ""))
        self.content = dict(content)


@dataclass(eq=False)
class Refusal(Exception):
    """Says why a statement is refused: SQLSTATE, message, detail and hint."""

    sqlstate: str
    message: str
    detail: str = ""
    hint: str = ""

    def fields(self) -> dict[str, str]:
        """Returns the fields of the ErrorResponse."""
        return {
            "S": "ERROR",
            "V": "ERROR",
            "C": self.sqlstate,
            "M": self.message,
            "D": self.detail,
            "H": self.hint,
        }


def syntax_error(near: str) -> Refusal:
    """Returns the refusal of a piece of grammar that Redshift does not have."""
    return Refusal("42601", f'syntax error at or near "{near}"')


def internal_error(message: str, context: str = "", query_id: int = 0) -> Refusal:
    """Returns an error as a compute node or the S3 client of Redshift reports it."""
    line = "-----------------------------------------------"
    detail = (
        f"\n  {line}\n  error:  {message}\n  code:      8001\n  context:   {context}\n"
        f"  query:     {query_id}\n  location:  standin\n  process:   padbmaster\n  {line}\n"
    )
    return Refusal("XX000", message, detail)


def serialization_failure(table: int = 0, pid: int = 0) -> Refusal:
    """Returns error 1023, which Redshift reports with the SQLSTATE of an internal error."""
    return Refusal(
        "XX000",
        "1023",
        f"Serializable isolation violation on table - {table}, "
        f"transactions forming the cycle are: 1, 2 (pid:{pid})",
    )


def concurrent_conflict() -> Refusal:
    """Returns the conflict of two writers under snapshot isolation."""
    return Refusal("XX000", "could not complete because of conflict with concurrent transaction")


_BYTES_CHECK = re.compile(r"standin_bytes_\d+_(\d+)$")
_OWN_CONTEXT = re.compile(r"pg_standin|redshift_|standin_")


def translate(content: Mapping[str, str], pid: int, rewritten: bool) -> dict[str, str]:
    """Returns the fields of an error of PostgreSQL as Redshift would report it."""
    answer = dict(content)
    for key in ("F", "L", "R", "q", "p"):
        answer.pop(key, None)
    if _OWN_CONTEXT.search(answer.get("W", "")):
        del answer["W"]
    if rewritten:
        # The position points into text that the client has never seen.
        answer.pop("P", None)
    replacement = _replacement(answer, pid)
    if replacement is None:
        return answer
    return {**replacement.fields(), "S": answer.get("S", "ERROR")}


def _replacement(content: Mapping[str, str], pid: int) -> Refusal | None:
    code, message = content.get("C", ""), content.get("M", "")
    if code == "40001":
        if "dependencies among transactions" in message:
            return serialization_failure(pid=pid)
        return concurrent_conflict()
    if code == "23514":
        limit = _BYTES_CHECK.search(content.get("n", ""))
        if limit:
            return Refusal("22001", f"value too long for type character varying({limit[1]})")
    if code in ("428C9", "42601") and (
        "non-DEFAULT value into column" in message or "only be updated to DEFAULT" in message
    ):
        return Refusal("0A000", "cannot set an identity column to a value")
    if code == "42501" and message.startswith("permission denied for table "):
        return Refusal("42501", message.replace(" table ", " relation ", 1))
    if code == "21000" and "MERGE command cannot affect row a second time" in message:
        return Refusal("XX000", "Found multiple matches to update the same tuple.")
    return None
