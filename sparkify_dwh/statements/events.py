"""What the staged events are, in either form of their table.

The permanent table has every field as the feed has it. Staging that nobody will look at has
``user_id`` as the number that the feed's text is, and ``is_play`` instead of ``page``: each
statement that brings them into the star would else compare and convert texts anew. Of ``artist``
and ``song`` it has the JSON, in quotes: plays name the same tracks again and again, and only the
different ones are unquoted. And where a text is one of a few that come again and again, it has the
text's number in an enumerated type instead, beside the column of the others.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Integer, String, cast, func

from sparkify_dwh.feeds.contract import PLAY_PAGE

IS_PLAY = "is_play"
_RAW, _FREQUENT = "raw_", "frequent_"


def has_plays(staging: FromClause) -> bool:
    """Return whether a staging table is one of events."""
    return IS_PLAY in staging.c or "page" in staging.c


def is_play(events: FromClause) -> ColumnElement[bool]:
    """Return the condition that an event is a play."""
    if IS_PLAY in events.c:
        found: ColumnElement[bool] = events.c[IS_PLAY]
        return found
    return events.c.page == PLAY_PAGE


def is_of_user(events: FromClause) -> ColumnElement[bool]:
    """Return the condition that somebody was logged in."""
    user_id = events.c.user_id
    return user_id.is_not(None) if is_number(user_id) else user_id != ""


def user_number(events: FromClause) -> ColumnElement[int]:
    """Return the user_id as a number."""
    user_id = events.c.user_id
    return user_id if is_number(user_id) else cast(user_id, BigInteger)


def raw_name(column: str) -> str:
    """Return the name of a field's column that holds what was landed of it, such as its JSON."""
    return f"{_RAW}{column}"


def is_raw(column: ColumnElement[Any]) -> bool:
    """Return whether a column is named like that."""
    return getattr(column, "name", "").startswith(_RAW)


def frequent_name(column: str) -> str:
    """Return the name of a field's column of frequent texts."""
    return f"{_FREQUENT}{column}"


def text_of(event: Any, column: str) -> ColumnElement[Any]:
    """Return a text of an event, given its columns; NULL where it is missing."""
    if column not in event:
        return unquoted(event[raw_name(column)])
    found: ColumnElement[Any] = event[column]
    if frequent_name(column) not in event:
        return found
    return func.coalesce(found, cast(event[frequent_name(column)], String))


def unquoted(raw: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the text that a JSON string is (DuckDB)."""
    return func.json_extract_string(raw, "$")


def is_number(column: ColumnElement[Any]) -> bool:
    """Return whether a column holds integers."""
    return isinstance(column.type, Integer)
