"""Conditions that a scanned record may break its feed's contract, field by field (DuckDB).

Being too careful costs time, never a record: a file with a doubtful one goes to the exact reader.

What the landed text alone can tell is looked at while a record is scanned, so that each condition
is as cheap as it can be. What its value tells, too, can be asked of some texts once they are stored
(:mod:`sparkify_dwh.statements.stored_texts`).

Fields whose JSON type cannot be told from their text once read are landed as JSON: all numbers, and
the texts that often look like numbers (a song called "1979"). The other texts are landed as text,
and doubted when they look like a number, an object, an array.
"""

from collections.abc import Container, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, func, or_, try_cast
from sqlalchemy.types import BigInteger, String

from sparkify_dwh.feeds.contract import PLAY_PAGE, Contract, Feed, Field
from sparkify_dwh.statements.events import (
    is_number,
    raw_name,
)

#: Texts that often begin with a digit or a bracket in good data.
_LANDED_AS_JSON = {"artist", "song", "title", "artist_name", "artist_location"}
#: Bare words that DuckDB takes, and lands as the text that they are: these as they stand here,
_BARE_WORDS = ("true", "false")
#: and these in capitals or not. They are told by their length first.
_BARE_NUMBERS = ("nan", "inf", "infinity")
_BARE_LENGTHS = sorted({*map(len, _BARE_NUMBERS)})
_BARE_LETTERS = sorted({letter for word in _BARE_NUMBERS for letter in (word[0], word[0].upper())})
#: Values that most records have, as they are landed. They only save time: each is good beyond
#: doubt, so that nothing else is computed of it.
USUAL = {
    "auth": ("Logged In", "Logged Out"),
    "gender": ("F", "M"),
    "level": ("free", "paid"),
    "method": ("PUT", "GET"),
    "page": (PLAY_PAGE,),
    "status": ("200",),
}
#: Where a double holds every integer.
_EXACT = (-(2**53) + 1, 2**53 - 1)
#: How DuckDB writes a double without a fraction, and no other JSON: a text ends with its quote. Up
#: to this length it lies in that range.
_INTEGRAL_END, _INTEGRAL_LENGTH = ".0", len(str(_EXACT[1])) - 1 + len(".0")
#: How many digits a time in milliseconds has, from 2001 to 2286.
_MS_LENGTH = 13


def is_landed_as_json(field: Field) -> bool:
    """Return whether a scan lands the field as JSON, so that its type can be told."""
    return not is_text(field) or field.key in _LANDED_AS_JSON


def is_in_doubt(
    feed: Feed, landed: Mapping[str, ColumnElement[Any]], later: Container[Field]
) -> ColumnElement[bool]:
    """Return the condition that a record may break the contract.

    Of the texts that are judged ``later`` it leaves out what their value tells.
    A comparison with NULL is no doubt: where a field is missing, only its own doubt counts.
    """
    doubts: list[ColumnElement[bool]] = []
    for field in feed.fields:
        value, raw = landed[field.column], landed[raw_name(field.column)]
        if not is_text(field):
            doubts += _unless_usual(field, landed, _doubts_of_number(field, value, raw))
        elif field in later:
            doubts += _doubts_of_kind(field, raw)
        elif field.contract is Contract.INTEGER_TEXT:
            doubts.append(_is_not_canonical(raw, value))
        else:
            of_text = (
                doubts_of_json(field, value, raw)
                if is_landed_as_json(field)
                else doubts_of_text(field, value)
            )
            doubts += _unless_usual(field, landed, [*_doubts_of_kind(field, raw), *of_text])
    if feed.has_plays:
        doubts.append(_play_lacks_its_key(feed, landed))
    return or_(*doubts)


def is_text(field: Field) -> bool:
    """Return whether a field's values are texts in the feed."""
    return field.contract in (Contract.TEXT, Contract.INTEGER_TEXT)


def _unless_usual(
    field: Field, landed: Mapping[str, ColumnElement[Any]], doubts: list[ColumnElement[bool]]
) -> list[ColumnElement[bool]]:
    """Return the field's doubts; of a usual value none is computed."""
    raw = landed[raw_name(field.column)]
    # Where the field has to be there, NULL differs from all that is usual.
    differs: Any = raw.is_distinct_from if field.required else raw.__ne__
    is_unusual = [differs(one) for one in USUAL.get(field.key, ())]
    return [and_(*is_unusual, or_(*doubts))] if is_unusual else doubts


def _doubts_of_kind(field: Field, raw: Any) -> list[ColumnElement[bool]]:
    """Return what only the landed JSON of a text tells: whether it is a JSON string."""
    # That begins with its quote; nothing else begins with that or less.
    return [raw >= "#"] if is_landed_as_json(field) else []


def doubts_of_text(field: Field, value: Any) -> list[ColumnElement[bool]]:
    """Return conditions of which one is true where a text may break its contract.

    While it is scanned each is evaluated for every record, so it costs what it can: a comparison
    takes 3 ns, a search through the text 10 to 20, a regular expression 30 to 70.
    """
    if field.contract is Contract.INTEGER_TEXT:
        return [_is_not_canonical(value, value)]
    length = func.strlen(value)
    too_long, has_nul = length > field.max_bytes, func.contains(value, func.chr(0))
    missing = _doubts_of_missing(field, value)
    if is_landed_as_json(field):
        return [*missing, too_long, has_nul]
    # A text in small letters is a new one, for which there has to be room.
    is_bare_number = and_(
        or_(*(length == one for one in _BARE_LENGTHS)),
        or_(*(value.between(letter, chr(ord(letter) + 1)) for letter in _BARE_LETTERS)),
        or_(*(func.lower(value) == word for word in _BARE_NUMBERS)),
    )
    # Most texts are longer than all of these words, and short enough, which one comparison tells.
    is_of_odd_length = and_(
        ~length.between(_BARE_LENGTHS[-1] + 1, field.max_bytes), or_(too_long, is_bare_number)
    )
    return [*missing, _maybe_no_string(value), is_of_odd_length, has_nul]


def doubts_of_json(field: Field, value: Any, raw: Any) -> list[ColumnElement[bool]]:
    """Return the same of a text's JSON, which is never shorter; the value is hardly ever asked."""
    quotes = len('""')
    too_long = and_(
        func.strlen(raw) - quotes > field.max_bytes, func.strlen(value) > field.max_bytes
    )
    return [*_doubts_of_missing(field, value), too_long, func.contains(raw, r"\u0000")]


def _doubts_of_missing(field: Field, value: Any) -> list[ColumnElement[bool]]:
    # What is missing but has to be there is stored as NULL, or as "" where the column takes none.
    return [value.is_(None), value == ""] if field.required else []


def _is_not_canonical(raw: Any, value: Any) -> ColumnElement[bool]:
    """Return the condition that a text is not as a number is written; the value may be it."""
    number = value if is_number(value) else try_cast(value, BigInteger)
    return and_(raw != "", cast(number, String).is_distinct_from(raw))


def _doubts_of_number(field: Field, value: Any, raw: Any) -> list[ColumnElement[bool]]:
    """Return conditions of which one is true where a number may break its contract."""
    missing_or_no_number = (
        value.is_(None) if field.required else and_(value.is_(None), raw.is_not(None))
    )
    match field.contract:
        case Contract.FLOAT:
            return [missing_or_no_number, ~func.isfinite(value)]
        case Contract.INTEGRAL_FLOAT:
            # Of what is surely one, the value is not even computed where it is not stored.
            may_have_fraction = or_(
                ~func.ends_with(raw, _INTEGRAL_END), func.strlen(raw) > _INTEGRAL_LENGTH
            )
            doubts = (missing_or_no_number, value != func.trunc(value), ~value.between(*_EXACT))
            return [and_(may_have_fraction, or_(*doubts))]
        case _:
            # TRY_CAST alone would round 139.5, and take 1e-7 for 0. DuckDB writes a number
            # anew: it has a point, or an exponent that only 0 has within the range.
            # What is out of the range of its column is no number to TRY_CAST.
            has_point = and_(_may_have_point(field, raw), func.contains(raw, "."))
            if field.contract is Contract.EPOCH_MS:
                return [missing_or_no_number, ~value.between(field.low, field.high), has_point]
            return [missing_or_no_number, has_point, and_(value == 0, raw != "0")]


def _may_have_point(field: Field, raw: Any) -> ColumnElement[bool]:
    """Return a condition that few integers fulfil, and every number with a point."""
    length = func.strlen(raw)
    if field.contract is Contract.EPOCH_MS:
        # A time of thirteen characters that are not all digits lies before the earliest one.
        return length != _MS_LENGTH
    return length >= len("0.0")


def _maybe_no_string(raw: Any) -> ColumnElement[bool]:
    """Return the condition that the text may have been no JSON string.

    Of an AND, the first condition is the one that hardly any text fulfils: the others are computed
    only where it holds. Most texts begin with a capital letter, which two comparisons tell.
    """
    is_number = and_(raw < "A", raw >= "-")
    is_list_or_object = or_(raw < "a", and_(raw >= "{", raw < "|"))
    is_word = (raw == word for word in _BARE_WORDS)
    return or_(is_number, and_(raw >= "[", or_(is_list_or_object, *is_word)))


def _play_lacks_its_key(
    feed: Feed, landed: Mapping[str, ColumnElement[Any]]
) -> ColumnElement[bool]:
    """Return the condition that a play has not all that the natural key needs."""
    lacking: list[ColumnElement[bool]] = []
    for field in feed.fields:
        if field.required_in_play:
            of_text = is_text(field)
            given = landed[raw_name(field.column) if of_text else field.column]
            lacking += [given.is_(None), *([given == ""] if of_text else [])]
    return and_(landed[raw_name("page")] == PLAY_PAGE, or_(*lacking))
