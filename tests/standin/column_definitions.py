"""Reads the columns and constraints of CREATE TABLE and ALTER TABLE and rewrites them."""

from __future__ import annotations

from .errors import Refusal, syntax_error
from .refused_expressions import UNSUPPORTED_TYPES
from .table_options import ENCODINGS, Note, read_names, set_distkey
from .tokens import (
    Token,
    closing,
    name_at,
    quote_name,
    render,
    text_at,
    word_at,
)

MAX_VARCHAR = 65535
_VARCHARS = {"varchar", "text", "nvarchar", "character varying"}
_DECIMALS = {"numeric", "decimal", "dec"}
_CHARS = {"char", "character", "nchar", "bpchar"}
# Reserved on Redshift, but not on PostgreSQL.
_RESERVED = {
    *("aes128", "aes256", "allowoverwrite", "backup", "blanksasnull", "bytedict", "bzip2", "tag"),
    *("credentials", "current_user_id", "deflate", "defrag", "delta", "delta32k", "disable"),
    *("emptyasnull", "enable", "encode", "encrypt", "encryption", "explicit", "globaldict256"),
    *("globaldict64k", "gzip", "identity", "ignore", "interval", "lun", "luns", "lzo", "lzop"),
    *("minus", "mostly13", "mostly16", "mostly32", "mostly8", "new", "nulls", "off", "offline"),
    *("oid", "old", "partition", "percent", "permissions", "pivot", "raw", "readratio", "recover"),
    *("rejectlog", "resort", "respect", "restore", "snapshot", "sysdate", "system", "tdes"),
    *("text255", "text32k", "timestamp", "top", "truncatecolumns", "unnest", "unpivot", "wallet"),
    "without",
}
_CLAUSE_WORDS = (
    *("default", "identity", "generated", "encode", "distkey", "sortkey", "not", "null", "unique"),
    *("primary", "references", "check", "constraint", "collate"),
)


def rewrite_type(tokens: list[Token], column: str = "") -> tuple[str, int]:
    """Reads the type that starts `tokens`; returns it for PostgreSQL and the index after it."""
    words = [word_at(tokens, 0)]
    index = 1
    if not tokens or not words[0]:
        raise syntax_error(tokens[0].text if tokens else column)
    if words[0] in UNSUPPORTED_TYPES:
        raise Refusal("0A000", f'Column "{column}" has unsupported type "{words[0]}".')
    while word_at(tokens, index) in ("varying", "precision"):
        words.append(word_at(tokens, index))
        index += 1
    arguments = ""
    if text_at(tokens, index) == "(":
        end = closing(tokens, index)
        arguments = render(tokens[index + 1 : end]).strip()
        index = end + 1
    while word_at(tokens, index) in ("with", "without") and word_at(tokens, index + 1) == "time":
        words += [word_at(tokens, index), "time", "zone"]
        index += 3
    if text_at(tokens, index) == "[":
        raise Refusal("0A000", f'Column "{column}" has unsupported type "{words[0]}[]".')
    return _sized(" ".join(words), arguments), index


def _sized(name: str, arguments: str) -> str:
    """Gives text types the size that they have on Redshift."""
    if name in _VARCHARS or name in _CHARS:
        wide = name in _VARCHARS or name == "bpchar"
        limit = MAX_VARCHAR if name in _VARCHARS else 4096
        size = arguments or ("256" if wide else "1")
        # TEXT is VARCHAR(256) whatever size is given with it.
        size = "256" if name == "text" else str(limit) if size.lower() == "max" else size
        if not size.isdigit() or int(size) > limit or int(size) < 1:
            kind = "varchar" if name in _VARCHARS else "char"
            raise Refusal("22023", f"length for type {kind} cannot exceed {limit}")
        return f"{'varchar' if name in _VARCHARS else 'char'}({size})"
    if name in _DECIMALS and not arguments:
        return "numeric(18,0)"
    if name in {"super", "varbyte"}:
        raise Refusal("0A000", f"type {name.upper()} is not supported by the stand-in")
    return f"{name}({arguments})" if arguments else name


def refuse_reserved(token: Token) -> None:
    """Refuses a name that has to be quoted on Redshift."""
    if token.is_word(*_RESERVED):
        raise syntax_error(token.text)


def rewrite_column(tokens: list[Token], note: Note, table: str) -> str:
    """Rewrites a column definition and records in `note` what PostgreSQL does not know."""
    refuse_reserved(tokens[0])
    column = tokens[0].value
    kind, index = rewrite_type(tokens[1:], f"{table}.{column}" if table else column)
    index += 1
    options: Note = {}
    parts = [quote_name(column), kind]
    while index < len(tokens):
        index = _column_clause(tokens, index, column, parts, options, note, kind)
    if options:
        note.setdefault("columns", {})[column] = options
    return " ".join(parts)


def _column_clause(
    tokens: list[Token],
    index: int,
    column: str,
    parts: list[str],
    options: Note,
    note: Note,
    kind: str,
) -> int:
    """Reads one clause of a column definition and returns the index after it."""
    word, following = word_at(tokens, index), word_at(tokens, index + 1)
    if word == "not" and following == "null":
        parts.append("NOT NULL")
        return index + 2
    if word == "null":
        parts.append("NULL")
        return index + 1
    if word == "default":
        end = _end_of_default(tokens, index + 1)
        parts.append("DEFAULT " + render(tokens[index + 1 : end]).strip())
        return end
    if word in ("identity", "generated"):
        return _identity(tokens, index, parts, options, kind)
    if word == "encode":
        encoding = tokens[index + 1].value if index + 1 < len(tokens) else ""
        if encoding not in ENCODINGS:
            raise Refusal("42601", f'invalid encoding type specified for column "{column}"')
        options["encode"] = "raw" if encoding == "none" else encoding
        if encoding != "auto":
            note["encode_auto"] = False
        return index + 2
    if word == "distkey":
        set_distkey(note, column)
        return index + 1
    if word == "sortkey":
        if "sortstyle" in note:
            raise Refusal("42601", "multiple SORTKEY specifications are not allowed")
        note.update(sortstyle="COMPOUND", sortkey=[column])
        return index + 1
    if word == "collate":
        return index + 2
    return _column_constraint(tokens, index, column, note)


def _column_constraint(tokens: list[Token], index: int, column: str, note: Note) -> int:
    title, index = _constraint_name(tokens, index)
    word, following = word_at(tokens, index), word_at(tokens, index + 1)
    entry: Note = {"name": title, "columns": [column]}
    if word == "check":
        raise Refusal("0A000", "ALTER/CREATE TABLE column CHECK constraint is not supported")
    if word == "primary" and following == "key":
        entry["type"] = "p"
        index += 2
    elif word == "unique":
        entry["type"] = "u"
        index += 1
    elif word == "references":
        index = _references(tokens, index, entry)
    else:
        raise syntax_error(tokens[index].text if index < len(tokens) else column)
    note.setdefault("constraints", []).append(entry)
    return index


def rewrite_constraint(tokens: list[Token], note: Note) -> None:
    """Records a constraint of the table; PostgreSQL would enforce it, so it never sees it."""
    title, index = _constraint_name(tokens, 0)
    word = word_at(tokens, index)
    if word == "check":
        raise Refusal("0A000", "ALTER/CREATE TABLE table CHECK constraint is not supported")
    entry: Note = {"name": title}
    index += 1 if word == "unique" else 2
    entry["columns"], index = read_names(tokens, index)
    entry["type"] = {"primary": "p", "unique": "u", "foreign": "f"}.get(word, "")
    if not entry["type"]:
        raise syntax_error(word or tokens[0].text)
    if word == "foreign":
        index = _references(tokens, index, entry)
    if index < len(tokens):
        raise syntax_error(tokens[index].text)
    note.setdefault("constraints", []).append(entry)


def is_constraint(tokens: list[Token]) -> bool:
    """Tells whether an element of a table definition is a constraint of the table."""
    return word_at(tokens, 0) in ("constraint", "primary", "unique", "foreign", "check", "exclude")


def _constraint_name(tokens: list[Token], index: int) -> tuple[str | None, int]:
    if word_at(tokens, index) == "constraint" and index + 1 < len(tokens):
        return tokens[index + 1].value, index + 2
    return None, index


def _references(tokens: list[Token], index: int, entry: Note) -> int:
    """Reads `REFERENCES table (columns)`; actions such as ON DELETE do not exist."""
    if word_at(tokens, index) != "references":
        raise syntax_error(tokens[index].text if index < len(tokens) else "end of input")
    name, index = name_at(tokens, index + 1)
    entry.update(type="f", target=quote_name(*name), target_columns=[])
    if text_at(tokens, index) == "(":
        entry["target_columns"], index = read_names(tokens, index)
    if word_at(tokens, index) in ("on", "match", "deferrable", "initially"):
        raise syntax_error(tokens[index].text)
    return index


def _end_of_default(tokens: list[Token], index: int) -> int:
    """Returns where the expression of a DEFAULT ends."""
    start = index
    while index < len(tokens):
        if text_at(tokens, index) in ("(", "["):
            index = closing(tokens, index) + 1
            continue
        if index > start and word_at(tokens, index) in _CLAUSE_WORDS:
            break
        index += 1
    return index


def _identity(tokens: list[Token], index: int, parts: list[str], options: Note, kind: str) -> int:
    """Reads IDENTITY(seed, step) and GENERATED BY DEFAULT AS IDENTITY(seed, step)."""
    always = word_at(tokens, index) == "identity"
    if not always:
        if [word_at(tokens, index + n) for n in range(1, 5)] != ["by", "default", "as", "identity"]:
            raise syntax_error(tokens[index].text)
        index += 4
    if text_at(tokens, index + 1) != "(":
        raise syntax_error(tokens[index].text)
    end = closing(tokens, index + 1)
    numbers = render(tokens[index + 2 : end]).replace(" ", "").split(",")
    if kind not in ("int", "integer", "int4", "bigint", "int8"):
        raise Refusal("42601", "identity column type must be INTEGER or BIGINT")
    try:
        seed, step = (int(number) for number in numbers)
    except ValueError:
        raise syntax_error(tokens[index].text) from None
    bound = 2**31 if kind in ("int", "integer", "int4") else 2**63
    parts.append(
        f"GENERATED {'ALWAYS' if always else 'BY DEFAULT'} AS IDENTITY (START WITH {seed} "
        f"INCREMENT BY {step} MINVALUE {-bound} MAXVALUE {bound - 1})"
    )
    options.update(identity=[seed, step], identity_always=always)
    return end + 1
