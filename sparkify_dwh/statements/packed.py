"""Several texts in one column (DuckDB).

To store a column of texts in a file takes some 80 nanoseconds a row, however short they are and
even where they are missing; to put three texts into one takes less than one of them. So texts that
nobody reads row by row are packed: a NUL, the places of those that are missing, and each text
behind another NUL, which no accepted text has.
"""

from typing import Any

from sqlalchemy import ColumnElement, case, func, literal_column, null, or_

_NUL: ColumnElement[str] = literal_column("chr(0)")
_EMPTY: ColumnElement[str] = literal_column("''")
#: What stands before the first text: nothing, and which are missing.
_AHEAD = 2


def packed(*texts: ColumnElement[Any]) -> ColumnElement[str]:
    """Return up to nine texts as one, which is never NULL."""
    missing = (
        case((text.is_(None), _digit(place)), else_=_EMPTY) for place, text in enumerate(texts)
    )
    # Hardly any is missing: it is asked for all at once whether one is.
    which = case(
        (or_(*(text.is_(None) for text in texts)), func.concat(*missing)),
        else_=_EMPTY,
    )
    return func.concat(_NUL, which, *(part for text in texts for part in (_NUL, text)))


def unpacked(pack: ColumnElement[Any], place: int) -> ColumnElement[Any]:
    """Return one of the texts, by its place from 0; NULL where it is missing."""
    which = func.split_part(pack, _NUL, _AHEAD)
    text = func.split_part(pack, _NUL, _AHEAD + 1 + place)
    return case((func.contains(which, _digit(place)), null()), else_=text)


def is_packed(text: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a text is a pack, or may be taken for one."""
    return func.starts_with(text, _NUL)


def is_broken(pack: ColumnElement[Any], texts: int) -> ColumnElement[bool]:
    """Return the condition that one of so many texts has a NUL itself."""
    return func.len(func.string_split(pack, _NUL)) != _AHEAD + texts


def _digit(place: int) -> ColumnElement[str]:
    return literal_column(f"'{place}'")
