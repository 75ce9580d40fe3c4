"""Finds the JSON objects in a file and the fields in an object."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .errors import Refusal
from .values import BAD_JSON, BAD_LINE, FieldError, RawNumber

MAX_OBJECT = 4 * 1024 * 1024
_BLANK = re.compile(r"[ \t\r\n]*")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(?:'([^']*)'|(\d+))\]")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


_DECODER = json.JSONDecoder(parse_int=RawNumber, parse_float=RawNumber, parse_constant=_no_constant)
Getter = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Record:
    """Holds one object, or why there is none, with the number of its last line."""

    line: int
    text_start: int
    text_end: int
    content: dict[str, Any] | None
    error: FieldError | None = None


def records(text: str) -> Iterator[Record]:
    """Yields the objects at the root of a text; white space may separate them.

    After something that is no JSON it goes on with the next line.
    """
    position, line, end = 0, 1, len(text)
    decode = _DECODER.raw_decode
    while True:
        blank = _BLANK.match(text, position)
        start = blank.end() if blank else position
        line += text.count("\n", position, start)
        if start >= end:
            return
        error: FieldError | None = None
        content: Any = None
        try:
            content, stop = decode(text, start)
        except (ValueError, RecursionError):
            newline = text.find("\n", start)
            stop = end if newline < 0 else newline
            error = FieldError(BAD_JSON, "Invalid value.")
        else:
            if type(content) is not dict:
                error = FieldError(BAD_LINE, "Invalid JSONPath format: Member is not an object.")
                content = None
            elif stop - start > MAX_OBJECT // 4 and _size(text[start:stop]) > MAX_OBJECT:
                raise Refusal("XX000", "JSON object exceeds the maximum size of 4194304 bytes")
        line += text.count("\n", start, stop)
        yield Record(line, start, stop, content, error)
        position = stop


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def auto_getters(columns: list[str]) -> list[Getter]:
    """Returns a getter for each column: the key of the same name, matched with case."""

    def getter(name: str) -> Getter:
        return lambda content: content.get(name)

    return [getter(name) for name in columns]


def path_getters(document: str, columns: list[str]) -> list[Getter] | None:
    """Returns a getter for each column from a JSONPaths document, by position.

    Returns None for a document without the key `jsonpaths`, for which COPY silently falls back to
    matching by name.
    """
    try:
        content = json.loads(document)
    except ValueError as error:
        raise Refusal("XX000", f"Invalid JSONPath format: {error}") from None
    if not isinstance(content, dict) or "jsonpaths" not in content:
        return None
    paths = content["jsonpaths"]
    if not isinstance(paths, list):
        raise Refusal("XX000", "Invalid JSONPath format: jsonpaths is not an array")
    if len(paths) != len(columns):
        raise Refusal(
            "XX000",
            "Number of jsonpaths and the number of columns should match. "
            f"JSONPath size: {len(paths)}, Number of columns in table or column list: "
            f"{len(columns)}",
        )
    return [_path_getter(str(path)) for path in paths]


def _path_getter(path: str) -> Getter:
    steps: list[str | int] = []
    position = 1
    while path.startswith("$") and position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            break
        steps.append(int(step[3]) if step[3] is not None else step[1] or step[2] or "")
        position = step.end()
    if not steps or position < len(path):
        raise Refusal("XX000", f"Invalid JSONPath format: {path}")
    if len(steps) == 1 and isinstance(steps[0], str):
        key = steps[0]
        return lambda content: content.get(key)

    def get(content: Any) -> Any:
        for step in steps:
            if isinstance(step, int):
                if not isinstance(content, list) or step >= len(content):
                    raise FieldError(
                        BAD_LINE, "Invalid JSONPath format: Not an array or index out of range."
                    )
                content = content[step]
            elif not isinstance(content, dict):
                return None
            else:
                content = content.get(step)
        return content

    return get
