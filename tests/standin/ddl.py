"""Rewrites CREATE TABLE, ALTER TABLE and DROP for PostgreSQL.

What PostgreSQL does not know travels with the statement as a JSON note in a comment, which an event
trigger reads and records in the same transaction (`sql/records.sql`).
"""

from __future__ import annotations

import json

from .column_definitions import (
    is_constraint,
    refuse_reserved,
    rewrite_column,
    rewrite_constraint,
    rewrite_type,
)
from .errors import Refusal, syntax_error
from .statement import Statement
from .table_options import ENCODINGS, Note, check_table_options, read_table_options
from .tokens import (
    Token,
    closing,
    name_at,
    quote_name,
    render,
    split_at_commas,
    text_at,
    word_at,
)


def noted(sql: str, note: Note) -> str:
    """Puts a note before a statement."""
    # Neither end of a comment may occur in it.
    body = json.dumps(note).replace("*", "\\u002a").replace("/", "\\u002f")
    return f"/*standin:{body}*/ {sql}"


def rewrite_create_table(statement: Statement) -> str:
    """Rewrites CREATE TABLE in all its forms; raises Refusal for what Redshift lacks."""
    tokens = statement.tokens
    head, index = _read_head(tokens)
    refuse_reserved(tokens[index])
    name, index = name_at(tokens, index)
    note: Note = {}
    sql = f"{head} {quote_name(*name)}"
    body = ""
    if text_at(tokens, index) == "(":
        end = closing(tokens, index)
        inside = tokens[index + 1 : end]
        index = end + 1
        body = _elements(inside, note, name[-1])
    index += read_table_options(tokens[index:], note)
    check_table_options(note)
    rest = tokens[index:]
    if word_at(rest, 0) == "as":
        columns = _ctas_columns(statement, name)
        return noted(f"{sql}{columns} AS {render(rest[1:]).strip()}", note)
    if rest:
        raise syntax_error(rest[0].text)
    if not body:
        raise syntax_error("end of input")
    return noted(f"{sql} ({body})", note)


def _read_head(tokens: list[Token]) -> tuple[str, int]:
    """Reads up to the name of the table."""
    index, words = 1, ["CREATE"]
    while word_at(tokens, index) in ("local", "temp", "temporary"):
        if word_at(tokens, index) != "local":
            words.append("TEMP")
        index += 1
    if word_at(tokens, index) != "table":
        raise syntax_error(tokens[index].text)
    words.append("TABLE")
    index += 1
    if word_at(tokens, index) == "if":
        words.append("IF NOT EXISTS")
        index += 3
    # Redshift marks temporary tables also by a number sign before their name.
    if text_at(tokens, index) == "#":
        words.insert(1, "TEMP")
        index += 1
    return " ".join(words), index


def _elements(inside: list[Token], note: Note, table: str) -> str:
    """Rewrites what stands in the brackets of CREATE TABLE."""
    parts: list[str] = []
    for element in split_at_commas(inside):
        if not element:
            raise syntax_error(",")
        if is_constraint(element):
            rewrite_constraint(element, note)
        elif word_at(element, 0) == "like":
            parent, after = name_at(element, 1)
            note.setdefault("like", []).append(quote_name(*parent))
            parts.append(f"LIKE {quote_name(*parent)}{render(element[after:])}")
        elif len(element) == 1:
            # A bare name is a column of CREATE TABLE AS.
            parts.append(quote_name(element[0].value))
        else:
            parts.append(rewrite_column(element, note, table))
    return ", ".join(parts)


def _ctas_columns(statement: Statement, name: list[str]) -> str:
    """Returns the list of column names of CREATE TABLE AS."""
    _, index = _read_head(statement.tokens)
    _, index = name_at(statement.tokens, index)
    if text_at(statement.tokens, index) != "(":
        return ""
    end = closing(statement.tokens, index)
    names = [part[0].value for part in split_at_commas(statement.tokens[index + 1 : end])]
    return f" ({', '.join(quote_name(column) for column in names)})"


def rewrite_alter_table(statement: Statement) -> tuple[str, bool]:
    """Rewrites ALTER TABLE; also tells whether it is refused in a transaction block."""
    tokens = statement.tokens
    name, index = name_at(tokens, 2)
    table, rest = quote_name(*name), tokens[index:]
    first, second = word_at(rest, 0), word_at(rest, 1)
    if first == "add":
        return _alter_add(table, name[-1], rest), False
    if first == "drop" and second == "constraint":
        return _no_change(table, {"drop_constraint": rest[2].value}), False
    if first == "drop":
        if len(split_at_commas(rest)) > 1:
            raise syntax_error(",")
        return f"ALTER TABLE {table}{render(rest)}", False
    if first == "alter":
        return _alter_alter(table, name[-1], rest)
    if first in ("rename", "owner"):
        return f"ALTER TABLE {table}{render(rest)}", False
    if first == "append":
        raise Refusal("0A000", "ALTER TABLE APPEND is not supported by the stand-in")
    raise syntax_error(rest[0].text if rest else "end of input")


def _no_change(table: str, note: Note) -> str:
    """Returns an ALTER TABLE that only carries a note; it wants the owner, like a real one."""
    return noted(f"ALTER TABLE {table} SET (autovacuum_enabled = false)", note)


def _alter_add(table: str, short: str, rest: list[Token]) -> str:
    parts = split_at_commas(rest[1:])
    if len(parts) != 1:
        # One statement adds one column.
        raise syntax_error(",")
    note: Note = {}
    if is_constraint(parts[0]):
        rewrite_constraint(parts[0], note)
        return _no_change(table, note)
    definition = parts[0][1:] if word_at(parts[0], 0) == "column" else parts[0]
    column = rewrite_column(definition, note, short)
    if "distkey" in note or "sortkey" in note or note.get("constraints"):
        raise Refusal("0A000", "ALTER TABLE ADD COLUMN cannot add a key")
    if any("identity" in options for options in note.get("columns", {}).values()):
        raise Refusal("0A000", "ALTER TABLE ADD COLUMN cannot add an identity column")
    if "NOT NULL" in column and "DEFAULT" not in column:
        raise Refusal(
            "0A000",
            "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression",
        )
    return noted(f"ALTER TABLE {table} ADD COLUMN {column}", note)


def _alter_alter(table: str, short: str, rest: list[Token]) -> tuple[str, bool]:
    """Rewrites ALTER TABLE … ALTER, all forms of which Redshift wants outside a transaction."""
    second = word_at(rest, 1)
    note: Note = {}
    if second in ("diststyle", "distkey", "sortkey", "compound", "interleaved", "encode"):
        after = read_table_options(rest[1:], note)
        check_table_options(note)
        if after < len(rest) - 1:
            raise syntax_error(rest[after + 1].text)
        if "encode_auto" in note:
            note["columns"] = {}
        return _no_change(table, note), True
    actions = split_at_commas(rest)
    kinds = set()
    sql = ""
    for action in actions:
        index = 2 if word_at(action, 1) == "column" else 1
        column, clause = action[index].value, word_at(action, index + 1)
        kinds.add(clause)
        if word_at(action, 0) != "alter" or len(kinds) > 1:
            raise syntax_error(",")
        if clause == "encode":
            encoding = word_at(action, index + 2)
            if encoding not in ENCODINGS:
                raise Refusal("42601", f'invalid encoding type specified for column "{column}"')
            note.setdefault("columns", {})[column] = {"encode": encoding}
            note["encode_auto"] = False
        elif clause == "type" and len(actions) == 1:
            kind, _ = rewrite_type(action[index + 2 :], f"{short}.{column}")
            if not kind.startswith("varchar"):
                raise Refusal("0A000", f'cannot alter type of column "{column}" to {kind}')
            change = f"ALTER TABLE {table} ALTER COLUMN {quote_name(column)} TYPE {kind}"
            sql = noted(change, {"retyped": column})
        else:
            raise Refusal("0A000", f"ALTER COLUMN {clause.upper()} is not supported")
    return (sql or _no_change(table, note)), True


def rewrite_create_view(statement: Statement) -> str:
    """Rewrites CREATE VIEW; a late-binding view becomes an ordinary one."""
    binding = statement.find("with", "no", "schema", "binding")
    tokens = statement.tokens if binding < 0 else statement.tokens[:binding]
    return render(tokens).strip()


def rewrite_drop(statement: Statement) -> str:
    """Rewrites DROP, marking CASCADE: foreign keys are recorded, so PostgreSQL has none to heed."""
    note: Note = {"cascade": True} if statement.has("cascade") else {}
    return noted(statement.text, note)
