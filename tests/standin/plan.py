"""Decides for one statement what to refuse, what to send to PostgreSQL and what to do besides."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from . import parameters
from .aliases import expand_aliases
from .calls import CallRewriter
from .copy_statement import CopyStatement, read_copy
from .ddl import rewrite_alter_table, rewrite_create_table, rewrite_create_view, rewrite_drop
from .errors import Refusal
from .refused_commands import refuse_command
from .refused_expressions import refuse_expression
from .statement import Statement, is_catalogue, quoted
from .tokens import (
    NUMBER,
    QUOTED,
    STRING,
    WORD,
    Token,
    render,
    split_statements,
    text_at,
    tokenize,
)

CONTROL_FUNCTION = "standin_control"
_WRITES = ("insert", "update", "delete", "merge", "copy")
_PARAMETER = re.compile(r"\$(\d+)")
# Functions that are replaced by what they return in this session.
_OF_SESSION = ("pg_last_copy_count", "pg_last_copy_id", "pg_last_query_id")
_LONG = 20_000


@dataclass
class Plan:
    """Says how one statement is carried out."""

    text: str
    kind: str = ""
    sql: str = ""
    refusal: Refusal | None = None
    copy: CopyStatement | None = None
    control: str | None = None
    writes_to: str = ""
    # Redshift does not run these inside a transaction block.
    outside_transaction: str = ""
    # TRUNCATE ends the transaction that it stands in, with a commit.
    commits: bool = False
    parameters: int = 0

    @property
    def rewritten(self) -> bool:
        """Tells whether PostgreSQL is sent another text than the client's."""
        return self.sql != self.text


@dataclass
class SessionValues:
    """Holds what functions such as pg_last_copy_count() tell about a session."""

    values: dict[str, int] = field(
        default_factory=lambda: {"pg_last_copy_count": 0, "pg_last_query_id": -1}
    )


class Unplanned:
    """Holds one statement of a text; plans it when it is its turn, and only once."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._plan: Plan | None = None
        self._depends_on_session = any(token.value in _OF_SESSION for token in tokens)

    def plan(self, values: Mapping[str, int]) -> Plan:
        """Returns the plan; where the statement asks for values of the session, with these."""
        if self._depends_on_session:
            return make_plan(self._tokens, values)
        if self._plan is None:
            self._plan = make_plan(self._tokens)
        return self._plan


def statements(sql: str) -> tuple[Unplanned, ...]:
    """Returns the statements of a text; programs send the same ones again and again."""
    return _split(sql) if len(sql) > _LONG else _known(sql)


@functools.lru_cache(maxsize=1000)
def _known(sql: str) -> tuple[Unplanned, ...]:
    return _split(sql)


def _split(sql: str) -> tuple[Unplanned, ...]:
    return tuple(Unplanned(tokens) for tokens in split_statements(tokenize(sql)))


def make_plan(tokens: list[Token], values: Mapping[str, int] | None = None) -> Plan:
    """Plans one statement."""
    text = render(tokens).strip()
    statement = Statement(_adapted(tokens))
    plan = Plan(text, statement.kind)
    plan.parameters = max(
        (int(token.text[1:]) for token in tokens if _PARAMETER.fullmatch(token.text)), default=0
    )
    try:
        _fill(plan, statement, values or {})
    except Refusal as refusal:
        plan.refusal = refusal
    return plan


def _adapted(tokens: list[Token]) -> list[Token]:
    """Folds quoted names to lower case, as Redshift does by default, and parts `4WHEN`."""
    adapted: list[Token] = []
    before = ""
    for token in tokens:
        if token.kind == QUOTED and token.text != token.text.lower():
            adapted.append(token._replace(text=token.text.lower()))
        elif token.kind == WORD and before == NUMBER and not token.gap:
            adapted.append(token._replace(gap=" "))
        else:
            adapted.append(token)
        before = token.kind
    return adapted


def _fill(plan: Plan, statement: Statement, values: Mapping[str, int]) -> None:
    control = _control(statement)
    if control is not None:
        plan.control = control
        return
    for refuse in (refuse_command, refuse_expression):
        plan.refusal = refuse(statement)
        if plan.refusal is not None:
            return
    if statement.kind == "copy":
        plan.copy = read_copy(statement.tokens)
    if statement.kind in _WRITES:
        target = statement.target()
        if target and not is_catalogue(target):
            plan.writes_to = quoted(target)
    if statement.reads_catalogue() and not statement.uses_user_tables():
        statement.tokens = expand_aliases(statement.tokens)
    statement.tokens = CallRewriter(values).rewrite(statement.tokens)
    plan.sql = _rewrite(plan, statement)


def _rewrite(plan: Plan, statement: Statement) -> str:
    """Rewrites commands whose form differs."""
    kind, second = statement.kind, statement.words(2)[1]
    if kind == "create" and "table" in statement.words(4) and second != "function":
        return rewrite_create_table(statement)
    if kind == "create" and "view" in statement.words(4):
        return rewrite_create_view(statement)
    if kind in ("create", "alter") and second == "database":
        plan.outside_transaction = f"{kind.upper()} DATABASE"
        return parameters.rewrite_database(statement)
    if kind == "alter" and second == "table":
        sql, outside = rewrite_alter_table(statement)
        plan.outside_transaction = "ALTER TABLE ALTER" if outside else ""
        return sql
    if kind == "drop" and second in ("table", "schema"):
        return rewrite_drop(statement)
    if kind in ("create", "alter") and second in ("user", "group", "role"):
        return parameters.rewrite_user(statement)
    if kind in ("set", "reset"):
        return parameters.rewrite_set(statement)
    if kind == "show":
        return parameters.rewrite_show(statement)
    if kind in ("begin", "start"):
        plan.kind = "begin"
        return parameters.rewrite_begin(statement)
    if kind == "vacuum":
        plan.outside_transaction = "VACUUM"
        return parameters.rewrite_vacuum(statement)
    if kind == "analyze":
        return parameters.rewrite_analyze(statement)
    if kind == "truncate":
        plan.commits = True
    if (kind, second) == ("drop", "database"):
        plan.outside_transaction = "DROP DATABASE"
    if kind in ("end", "abort"):
        plan.kind = "commit" if kind == "end" else "rollback"
    return render(statement.tokens).strip()


def _control(statement: Statement) -> str | None:
    """Returns the order in `SELECT standin_control('…')`."""
    tokens = statement.tokens
    if statement.kind != "select" or len(tokens) != 5 or not tokens[1].is_name:
        return None
    if tokens[1].value != CONTROL_FUNCTION or tokens[3].kind != STRING:
        return None
    return tokens[3].value if text_at(tokens, 2) == "(" else None
