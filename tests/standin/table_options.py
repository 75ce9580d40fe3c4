"""Reads the physical options of a table: DISTSTYLE, DISTKEY, SORTKEY, ENCODE and BACKUP."""

from __future__ import annotations

from typing import Any

from .errors import Refusal, syntax_error
from .tokens import Token, closing, split_at_commas, text_at, word_at

ENCODINGS = {
    *("az64", "bytedict", "delta", "delta32k", "lzo", "mostly8", "mostly16", "mostly32", "raw"),
    *("runlength", "text255", "text32k", "zstd", "auto", "none"),
}
Note = dict[str, Any]


def read_table_options(tokens: list[Token], note: Note) -> int:
    """Reads the options that start `tokens` into `note` and returns the index after them."""
    index = 0
    while index < len(tokens):
        word, following = word_at(tokens, index), word_at(tokens, index + 1)
        if word == "backup" and following in ("yes", "no"):
            note["backup"] = following == "yes"
            index += 2
        elif word == "diststyle":
            index = _read_diststyle(tokens, index, note)
        elif word == "distkey":
            index = _read_distkey(tokens, index, note)
        elif word in ("compound", "interleaved", "sortkey"):
            index = _read_sortkey(tokens, index, note)
        elif word == "encode" and following == "auto":
            note["encode_auto"] = True
            index += 2
        else:
            break
    return index


def check_table_options(note: Note) -> None:
    """Refuses options that contradict each other."""
    if note.get("diststyle") == "KEY" and not note.get("distkey"):
        raise Refusal("42601", "DISTKEY must be specified with DISTSTYLE KEY")
    if note.get("distkey") and note.get("diststyle") != "KEY":
        raise Refusal("42601", "DISTKEY cannot be specified with this DISTSTYLE")


def read_names(tokens: list[Token], opening: int) -> tuple[list[str], int]:
    """Reads a list of names in brackets and returns it with the index after it."""
    if text_at(tokens, opening) != "(":
        raise syntax_error(tokens[opening].text if opening < len(tokens) else "end of input")
    end = closing(tokens, opening)
    names = [part[0].value for part in split_at_commas(tokens[opening + 1 : end]) if part]
    return names, end + 1


def _read_diststyle(tokens: list[Token], index: int, note: Note) -> int:
    style = word_at(tokens, index + 1).upper()
    if style not in ("AUTO", "EVEN", "KEY", "ALL"):
        raise Refusal("42601", f'invalid DISTSTYLE "{style}"')
    if "diststyle" in note and not (note["diststyle"] == "KEY" == style):
        raise Refusal("42601", "DISTSTYLE cannot be specified more than once")
    note["diststyle"] = style
    return index + 2


def _read_distkey(tokens: list[Token], index: int, note: Note) -> int:
    # DISTKEY in ALTER TABLE may name its column without brackets.
    if text_at(tokens, index + 1) == "(":
        names, after = read_names(tokens, index + 1)
    else:
        names, after = [tokens[index + 1].value] if index + 1 < len(tokens) else [], index + 2
    if len(names) != 1:
        raise Refusal("42601", "DISTKEY takes exactly one column")
    set_distkey(note, names[0])
    return after


def set_distkey(note: Note, column: str) -> None:
    """Records the distribution key; there can be only one."""
    if "distkey" in note:
        raise Refusal("42601", "multiple DISTKEY columns are not allowed")
    note["distkey"] = column
    note.setdefault("diststyle", "KEY")


def _read_sortkey(tokens: list[Token], index: int, note: Note) -> int:
    if "sortstyle" in note:
        raise Refusal("42601", "multiple SORTKEY specifications are not allowed")
    word = word_at(tokens, index)
    if word != "sortkey":
        index += 1
        if word_at(tokens, index) != "sortkey":
            raise syntax_error(word)
    if word_at(tokens, index + 1) in ("auto", "none"):
        note["sortstyle"] = word_at(tokens, index + 1).upper()
        note["sortkey"] = []
        return index + 2
    names, after = read_names(tokens, index + 1)
    note["sortstyle"] = "INTERLEAVED" if word == "interleaved" else "COMPOUND"
    note["sortkey"] = names
    limit = 8 if word == "interleaved" else 400
    if len(names) > limit:
        raise Refusal("54011", f"a sort key may have at most {limit} columns")
    return after
