"""Refuses the clauses, functions and types that PostgreSQL has and Redshift lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .errors import Refusal, syntax_error
from .statement import Statement
from .tokens import NUMBER, PUNCTUATION, closing, split_at_commas, text_at, with_depth, word_at

UNSUPPORTED_TYPES = {
    *("uuid", "json", "jsonb", "serial", "bigserial", "smallserial", "serial4", "serial8", "bytea"),
    *("inet", "cidr", "macaddr", "hstore", "money", "xml", "tsvector", "tsquery", "point", "line"),
    *("box", "circle", "polygon", "path", "bit", "varbit", "int4range", "int8range", "tsrange"),
    *("numrange", "daterange", "citext", "oid8", "lseg"),
}
_UNKNOWN_FUNCTIONS = {
    *("string_agg", "array_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg"),
    *("to_json", "to_jsonb", "row_to_json", "json_build_object", "jsonb_build_object", "unnest"),
    *("json_array_elements", "jsonb_array_elements", "jsonb_set", "jsonb_each", "json_each"),
    *("gen_random_uuid", "uuid_generate_v4", "generate_subscripts", "regexp_matches", "mode"),
    *("regexp_split_to_table", "regexp_split_to_array", "string_to_array", "string_to_table"),
    *("array_length", "array_append", "array_position", "cardinality", "make_date", "make_time"),
    *("make_timestamp", "make_interval", "make_timestamptz", "format", "concat_ws", "num_nulls"),
    *("num_nonnulls", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "every"),
    *("gcd", "lcm", "width_bucket", "date_bin", "starts_with", "regexp_like", "pg_sleep"),
    *("pg_read_file", "pg_ls_dir", "pg_read_binary_file", "lo_import", "lo_export", "dblink"),
    *("pg_advisory_lock", "pg_advisory_xact_lock", "pg_try_advisory_lock", "pg_notify"),
}
_SEQUENCE_FUNCTIONS = {"nextval", "currval", "setval", "lastval"}
_LEADER_FUNCTIONS = {
    *("now", "age", "generate_series", "current_schema", "current_schemas", "txid_current"),
    *("has_table_privilege", "has_schema_privilege", "has_database_privilege", "getbit"),
}
_LEADER_WORDS = {"current_timestamp", "localtimestamp", "current_time", "localtime"}
_FRAMED = {
    *("sum", "count", "avg", "min", "max", "stddev", "stddev_samp", "stddev_pop", "variance"),
    *("var_samp", "var_pop", "first_value", "last_value", "nth_value"),
}
_JSON_OPERATORS = {"->", "->>", "#>", "#>>", "@>", "<@", "?|", "?&", "&&"}


def refuse_expression(statement: Statement) -> Refusal | None:
    """Returns why Redshift does not take some part of the statement, or None."""
    # Queries of the catalogue run on the leader node, which is a PostgreSQL 8 and takes more.
    leader_only = statement.reads_catalogue() and not statement.uses_user_tables()
    for rule in _RULES if not leader_only else _RULES[:1]:
        for refusal in rule(statement):
            return refusal
    return None


def _clauses(statement: Statement) -> Iterator[Refusal]:
    """Finds clauses that are told by a sequence of keywords."""
    tokens, kind = statement.tokens, statement.kind
    if kind in ("insert", "update", "delete", "merge") and statement.has("returning"):
        yield syntax_error("RETURNING")
    if kind == "insert" and statement.has("on", "conflict"):
        yield syntax_error("ON")
    if kind == "insert" and statement.has("overriding"):
        yield syntax_error("OVERRIDING")
    if kind in ("select", "with", "insert", "create", "declare"):
        yield from _locks_and_limits(statement)
    if statement.has("distinct", "on") and any(
        word_at(tokens, i) == "distinct" and word_at(tokens, i + 1) == "on"
        and text_at(tokens, i + 2) == "(" for i in range(len(tokens))
    ):  # fmt: skip
        yield Refusal("0A000", "SELECT DISTINCT ON is not supported")
    if statement.has("is", "distinct", "from") or statement.has("is", "not", "distinct", "from"):
        yield syntax_error("DISTINCT")
    for operation in ("except", "intersect", "minus"):
        if statement.has(operation, "all"):
            yield Refusal("0A000", f"{operation.upper()} ALL is not supported")
    if kind == "with":
        yield from _with_before_write(statement)
    if kind == "update" and statement.has("set"):
        if text_at(tokens, statement.find("set") + 1) == "(":
            yield syntax_error("(")


def _locks_and_limits(statement: Statement) -> Iterator[Refusal]:
    for strength in ("update", "share"):
        if statement.has("for", strength):
            yield Refusal("0A000", f"SELECT FOR {strength.upper()} is not supported")
    for clause in ("first", "next"):
        if statement.has("fetch", clause):
            yield syntax_error("FETCH")
    if statement.has("tablesample"):
        yield syntax_error("TABLESAMPLE")
    if statement.has("qualify"):
        yield Refusal("0A000", "QUALIFY is not supported by the stand-in: use a subquery")
    if statement.has("with", "ordinality"):
        yield syntax_error("WITH")


def _with_before_write(statement: Statement) -> Iterator[Refusal]:
    for depth, token in with_depth(statement.tokens):
        if depth == 0 and token.is_word("insert", "update", "delete", "merge"):
            yield syntax_error(token.text)
            return


def _positions(statement: Statement) -> Iterator[Refusal]:
    """Finds words that are wrong only where they stand."""
    tokens = statement.tokens
    for index, token in enumerate(tokens):
        before, after = text_at(tokens, index - 1), text_at(tokens, index + 1)
        if token.kind == "word" and before != ".":
            if token.value == "filter" and before == ")" and after == "(":
                yield syntax_error("(")
            elif token.value == "lateral" and (
                before == "," or word_at(tokens, index - 1) in ("join", "from")
            ):
                yield syntax_error(token.text)
            elif token.value == "values" and (
                before == "(" or word_at(tokens, index - 1) in ("union", "all", "except", "as")
            ):
                yield syntax_error(token.text)
            elif token.value == "array" and after == "[":
                yield Refusal("0A000", "Arrays are not supported on Redshift tables.")
            elif token.value == "materialized" and word_at(tokens, index - 1) == "as":
                yield syntax_error(token.text)
            elif token.value in ("insert", "update", "delete") and before == "(":
                yield syntax_error(token.text)
            elif token.value == "window" and word_at(tokens, index + 2) == "as":
                yield syntax_error(token.text)
            elif token.value in UNSUPPORTED_TYPES and (
                before == "::" or (word_at(tokens, index - 1) == "as" and after == ")")
            ):
                yield Refusal("42704", f'type "{token.value}" does not exist')
        elif token.kind == PUNCTUATION and token.text == "[" and after == "]":
            yield Refusal("0A000", "Arrays are not supported on Redshift tables.")
        elif token.kind == "operator" and token.text in _JSON_OPERATORS:
            yield Refusal(
                "42883", f'operator does not exist: character varying {token.text} "unknown"'
            )


def _functions(statement: Statement) -> Iterator[Refusal]:
    """Finds functions that do not exist, or not on the compute nodes."""
    on_compute_nodes = statement.uses_user_tables()
    has_source = bool(statement.sources)
    for name, opening in statement.calls():
        if text_at(statement.tokens, opening - 2) == "." and (
            word_at(statement.tokens, opening - 3) != "pg_catalog"
        ):
            continue
        if word_at(statement.tokens, opening - 2) in ("into", "table", "update", "join", "as"):
            continue
        if name in _UNKNOWN_FUNCTIONS:
            yield _unknown(statement, name, opening)
        elif name in _SEQUENCE_FUNCTIONS or (
            name in _LEADER_FUNCTIONS and on_compute_nodes and has_source
        ):
            yield _leader_only(f"{name}()")
        elif name == "concat" and _argument_count(statement, opening) != 2:
            yield _unknown(statement, name, opening)
    if on_compute_nodes and has_source and statement.kind in ("select", "with", "insert"):
        for token in statement.tokens:
            if token.is_word(*_LEADER_WORDS):
                yield _leader_only(token.value)


def _argument_count(statement: Statement, opening: int) -> int:
    return len(split_at_commas(statement.tokens[opening + 1 : closing(statement.tokens, opening)]))


def _unknown(statement: Statement, name: str, opening: int) -> Refusal:
    count = _argument_count(statement, opening)
    types = ", ".join(['"unknown"'] * count)
    return Refusal(
        "42883",
        f"function {name}({types}) does not exist",
        hint="No function matches the given name and argument types. "
        "You may need to add explicit type casts.",
    )


def _leader_only(name: str) -> Refusal:
    return Refusal(
        "0A000",
        "Specified types or functions (one per INFO message) not supported on Redshift tables.",
        f'Function "{name}" not supported.',
    )


def _windows(statement: Statement) -> Iterator[Refusal]:
    """Finds window functions whose frame Redshift wants written out, or does not have."""
    tokens = statement.tokens
    for name, opening in statement.calls():
        over = closing(tokens, opening) + 1
        while word_at(tokens, over) in ("ignore", "respect", "nulls"):
            over += 1
        if word_at(tokens, over) != "over" or text_at(tokens, over + 1) != "(":
            continue
        inner = Statement(tokens[over + 2 : closing(tokens, over + 1)])
        top = [token for depth, token in with_depth(inner.tokens) if depth == 0]
        if any(token.is_word("range", "groups") for token in top):
            yield Refusal("0A000", "window RANGE mode is not supported")
        ordered = any(token.is_word("order") for token in top)
        if name in _FRAMED and ordered and not any(token.is_word("rows") for token in top):
            yield Refusal(
                "0A000",
                "Aggregate window functions with an ORDER BY clause require a frame clause",
            )


def _top(statement: Statement) -> Iterator[Refusal]:
    """Finds TOP together with LIMIT, of which a query may have only one."""
    tokens = statement.tokens
    for index, token in enumerate(tokens):
        if token.is_word("select") and word_at(tokens, index + 1) == "top":
            if index + 2 < len(tokens) and tokens[index + 2].kind == NUMBER:
                if statement.has("limit"):
                    yield syntax_error("LIMIT")


_RULES: tuple[Callable[[Statement], Iterator[Refusal]], ...] = (
    _clauses,
    _positions,
    _functions,
    _windows,
    _top,
)
