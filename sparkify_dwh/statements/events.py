"""What the staged events are, in either form of their table.

The permanent table has every field as the feed has it. Staging that nobody will look at has what
costs least to store and to read:

- ``user_id`` as the number that the feed's text is, and ``is_play`` instead of ``page``: each
  statement that brings them into the star would else compare and convert texts anew.
- Of ``artist`` and ``song`` the JSON, in quotes: plays name the same tracks again and again, and
  only the different ones are unquoted.
- Of ``level`` and ``user_agent``, texts that come again and again, numbers of enumerated types.
- Names and gender packed into one column, of which few rows are ever taken apart: those that tell
  the latest of a user. Where level or user agent is not one of the frequent ones, the location has
  it packed in as well.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    String,
    and_,
    case,
    cast,
    func,
    null,
    or_,
)

from sparkify_dwh.feeds.contract import PLAY_PAGE
from sparkify_dwh.statements.packed import is_packed, packed, unpacked

IS_PLAY = "is_play"
NAMES, LOCATION_OR_MORE = "names", "location_or_more"
#: What is packed, by the column that has it.
PACKED = {
    NAMES: ("first_name", "last_name", "gender"),
    LOCATION_OR_MORE: ("level", "user_agent", "location"),
}
#: What has a column of frequent texts.
FREQUENT = ("level", "user_agent")
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


def packs(landed: Any) -> dict[str, ColumnElement[Any]]:
    """Return what the packed columns hold, given what an event was landed as."""

    def pack_of(name: str) -> ColumnElement[str]:
        return packed(*(landed[raw_name(column)] for column in PACKED[name]))

    is_rare = or_(
        *(
            and_(landed[frequent_name(column)].is_(None), landed[raw_name(column)].is_not(None))
            for column in FREQUENT
        )
    )
    location = landed[raw_name("location")]
    more = case((is_rare, pack_of(LOCATION_OR_MORE)), else_=location)
    return {NAMES: pack_of(NAMES), LOCATION_OR_MORE: more}


def is_like_packed(landed: Any) -> ColumnElement[bool]:
    """Return the condition that a location would be taken for a pack, as it begins with a NUL."""
    location = landed[raw_name("location")]
    # Hardly any location comes before all letters, and one comparison tells.
    return and_(location < " ", is_packed(location))


def are_frequent(event: Any) -> ColumnElement[bool]:
    """Return the condition that all of an event's frequent texts are, and nothing is packed."""
    return and_(*(event[frequent_name(column)].is_not(None) for column in FREQUENT))


def frequent_texts_of(event: Any) -> dict[str, ColumnElement[Any]]:
    """Return the texts of such an event by their columns, and the location."""
    texts: dict[str, ColumnElement[Any]] = {
        column: cast(event[frequent_name(column)], String) for column in FREQUENT
    }
    return texts | {"location": event[LOCATION_OR_MORE]}


def column_of_text(columns: Any, name: str) -> Any:
    """Return which of the columns holds a text of an event, None where none does."""
    holders = (holder for holder, packed_in in PACKED.items() if name in packed_in)
    places = (name, raw_name(name), *holders)
    return next((columns[place] for place in places if place in columns), None)


def text_of(event: Any, column: str) -> ColumnElement[Any]:
    """Return a text of an event, given its columns; NULL where it is missing.

    A frequent one is NULL, too, where its column is not given.
    """
    held_in = column_of_text(event, column)
    if held_in.name == column:
        found: ColumnElement[Any] = held_in
        return found
    if is_raw(held_in):
        return unquoted(held_in)
    text = unpacked(held_in, PACKED[held_in.name].index(column))
    if held_in.name == NAMES:
        return text
    if column not in FREQUENT:
        return case((is_packed(held_in), text), else_=held_in)
    frequent = event.get(frequent_name(column))
    other = null() if frequent is None else cast(frequent, String)
    return case((is_packed(held_in), text), else_=other)


def unquoted(raw: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the text that a JSON string is (DuckDB)."""
    return func.json_extract_string(raw, "$")


def is_number(column: ColumnElement[Any]) -> bool:
    """Return whether a column holds integers."""
    return isinstance(column.type, Integer)
