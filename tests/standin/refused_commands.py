"""Refuses the commands that PostgreSQL has and Redshift lacks."""

from __future__ import annotations

from .errors import Refusal, syntax_error
from .statement import Statement
from .tokens import word_at

_OBJECTS = {
    *("sequence", "trigger", "rule", "domain", "type", "extension", "aggregate", "operator"),
    *("tablespace", "cast", "collation", "policy", "server", "publication", "subscription"),
    *("statistics", "event", "conversion", "foreign", "access", "transform", "text"),
}
_COMMANDS = {
    *("savepoint", "release", "listen", "unlisten", "notify", "load", "do", "reindex", "cluster"),
    *("checkpoint", "import", "security", "discard", "reassign"),
}
_SILENT_LANGUAGES = {"c", "internal"}


def refuse_command(statement: Statement) -> Refusal | None:
    """Returns why Redshift does not run this command, or None."""
    kind, second, third = statement.words(3)
    if kind in ("create", "drop", "alter"):
        return _refuse_object(statement, second, third)
    if kind in _COMMANDS or (kind == "rollback" and "to" in (second, third)):
        return not_supported(statement)
    if (kind, second) in (("prepare", "transaction"), ("commit", "prepared")):
        return not_supported(statement)
    if kind in ("values", "table"):
        return syntax_error(kind.upper())
    if (kind, second) == ("explain", "analyze"):
        return syntax_error("ANALYZE")
    if kind == "copy" and _is_stream(statement):
        return Refusal("0A000", "COPY from STDIN and COPY TO are not supported")
    if kind == "lock" and statement.has("mode"):
        return syntax_error("IN")
    if kind == "truncate":
        return _refuse_truncate(statement)
    if kind == "unload":
        return Refusal("0A000", "UNLOAD is not supported by the stand-in")
    if kind == "merge":
        return _refuse_merge(statement)
    return None


def not_supported(statement: Statement) -> Refusal:
    """Returns the refusal of a whole command."""
    return Refusal("0A000", f'SQL command "{statement.text}" not supported.')


def _refuse_object(statement: Statement, second: str, third: str) -> Refusal | None:
    if second in {"unique", "index"}:
        return Refusal("0A000", f'SQL command "{statement.text}" not supported on Redshift tables.')
    if second in _OBJECTS or (second == "constraint" and third == "trigger"):
        return not_supported(statement)
    if second == "external" or (second, third) == ("materialized", "view"):
        return Refusal("0A000", f"{statement.text} is not supported by the stand-in")
    if statement.kind == "create" and "function" in statement.words(4):
        language = statement.find("language")
        if language >= 0 and word_at(statement.tokens, language + 1) in _SILENT_LANGUAGES:
            return Refusal("42501", "permission denied for language c")
    if statement.kind == "create" and "unlogged" in (second, third):
        return syntax_error("UNLOGGED")
    return None


def _is_stream(statement: Statement) -> bool:
    source = statement.find("from")
    if source < 0 or statement.tokens[1].text == "(":
        return True
    return word_at(statement.tokens, source + 1) in ("stdin", "program")


def _refuse_truncate(statement: Statement) -> Refusal | None:
    for token in statement.tokens:
        if token.text == "," or token.is_word("restart", "continue", "cascade", "restrict"):
            return syntax_error(token.text)
    return None


def _refuse_merge(statement: Statement) -> Refusal | None:
    if statement.has("remove", "duplicates"):
        return Refusal("0A000", "MERGE … REMOVE DUPLICATES is not supported by the stand-in")
    branches = sum(token.is_word("when") for token in statement.tokens)
    if not statement.has("when", "matched") or not statement.has("when", "not", "matched"):
        return Refusal("42601", "MERGE must have both WHEN MATCHED and WHEN NOT MATCHED clauses")
    if branches != 2 or statement.has("do", "nothing"):
        return syntax_error("WHEN")
    return None
