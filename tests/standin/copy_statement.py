"""Reads a COPY statement; the options that are understood are the ones that JSON loads use."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .errors import Refusal, syntax_error
from .table_options import read_names
from .tokens import STRING, Token, name_at, text_at, word_at

_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+\Z")
_IGNORED = {"compupdate", "statupdate"}
_SWITCHES = {"manifest", "gzip", "zstd", "emptyasnull", "blanksasnull", "acceptanydate"}
_UNSAFE = {"truncatecolumns", "acceptinvchars", "ignoreallerrors", "explicit_ids", "noload"}


@dataclass
class CopyStatement:
    """Holds what a COPY statement asks for."""

    table: list[str]
    columns: list[str]
    source: str
    roles: list[str] = field(default_factory=list)
    region: str = ""
    json: str = ""
    manifest: bool = False
    gzip: bool = False
    zstd: bool = False
    time_format: str = ""
    max_errors: int = 0
    empty_as_null: bool = False
    blanks_as_null: bool = False


def read_copy(tokens: list[Token]) -> CopyStatement:
    """Reads a COPY statement; raises Refusal when it is none that the stand-in can run."""
    table, index = name_at(tokens, 1)
    if not table:
        raise syntax_error(tokens[1].text if len(tokens) > 1 else "end of input")
    columns: list[str] = []
    if text_at(tokens, index) == "(":
        columns, index = read_names(tokens, index)
    if word_at(tokens, index) != "from":
        raise syntax_error(tokens[index].text if index < len(tokens) else "end of input")
    source, index = _string(tokens, index + 1)
    if not re.match(r"s3://[^/]+", source):
        raise Refusal("0A000", f"COPY source {source} is not supported by the stand-in")
    copy = CopyStatement(table, columns, source)
    while index < len(tokens):
        index = _option(tokens, index, copy)
    if not copy.roles:
        raise Refusal(
            "42601", "must specify credentials: IAM_ROLE, CREDENTIALS or ACCESS_KEY_ID are required"
        )
    if not copy.json:
        raise Refusal("0A000", "only FORMAT JSON is supported by the stand-in")
    if copy.json not in ("auto", "auto ignorecase") and not copy.json.startswith("s3://"):
        raise Refusal("XX000", f"Invalid JSONPath format: {copy.json} is no S3 path")
    return copy


def _option(tokens: list[Token], index: int, copy: CopyStatement) -> int:
    """Reads one option and returns the index after it."""
    word = word_at(tokens, index)
    index += 1
    if word == "iam_role":
        return _role(tokens, index, copy)
    if word == "region":
        copy.region, index = _string(tokens, _skip_as(tokens, index))
        return index
    if word in ("format", "json"):
        index = _skip_as(tokens, index)
        if word == "format":
            if word_at(tokens, index) != "json":
                raise Refusal("0A000", "only FORMAT JSON is supported by the stand-in")
            index = _skip_as(tokens, index + 1)
        copy.json = "auto"
        if index < len(tokens) and tokens[index].kind == STRING:
            copy.json, index = _string(tokens, index)
        return index
    if word in _SWITCHES:
        attribute = {"emptyasnull": "empty_as_null", "blanksasnull": "blanks_as_null"}
        setattr(copy, attribute.get(word, word), True)
        return index
    if word == "timeformat":
        copy.time_format, index = _string(tokens, _skip_as(tokens, index))
        return index
    if word == "maxerror":
        return _max_errors(tokens, _skip_as(tokens, index), copy)
    if word in _IGNORED:
        if word_at(tokens, index) in ("on", "off", "true", "false", "preset"):
            index += 1
        return index
    if word in ("access_key_id", "secret_access_key", "credentials", "session_token"):
        raise Refusal("0A000", "the stand-in takes IAM_ROLE only, no keys")
    if word in _UNSAFE:
        raise Refusal("0A000", f"{word.upper()} is not supported by the stand-in")
    raise syntax_error(tokens[index - 1].text)


def _role(tokens: list[Token], index: int, copy: CopyStatement) -> int:
    if word_at(tokens, index) == "default":
        copy.roles = ["default"]
        return index + 1
    value, index = _string(tokens, index)
    copy.roles = [role.strip() for role in value.split(",")] if value != "default" else ["default"]
    for role in copy.roles:
        if role != "default" and not _ARN.match(role):
            raise Refusal("XX000", f"Invalid IAM role ARN: {role}")
    return index


def _max_errors(tokens: list[Token], index: int, copy: CopyStatement) -> int:
    number = tokens[index].text if index < len(tokens) else ""
    if not number.isdigit() or int(number) > 100000:
        raise Refusal("42601", "MAXERROR must be a number from 0 to 100000")
    copy.max_errors = int(number)
    return index + 1


def _skip_as(tokens: list[Token], index: int) -> int:
    return index + 1 if word_at(tokens, index) == "as" else index


def _string(tokens: list[Token], index: int) -> tuple[str, int]:
    if index >= len(tokens) or tokens[index].kind != STRING:
        raise syntax_error(tokens[index].text if index < len(tokens) else "end of input")
    return tokens[index].value, index + 1
