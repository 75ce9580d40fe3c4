"""Conditions that a scanned record may break its feed's contract, field by field (DuckDB).

They are computed for every record, beside its fields. Being too careful costs time, never a record:
a file with a doubtful one goes to the exact reader. So each condition is as cheap as it can be.

Fields whose JSON type cannot be told from their text once read are landed as JSON: all numbers, and
the texts that often look like numbers (a song called "1979"). The other texts are landed as text,
and doubted when they look like a number, an object, an array.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, cast, func, or_, try_cast
from sqlalchemy.types import BigInteger, String

from sparkify_dwh.feeds.contract import PLAY_PAGE, Contract, Feed, Field

#: Texts that often begin with a digit or a bracket in good data.
_LANDED_AS_JSON = {"artist", "song", "title", "artist_name", "artist_location"}
#: Bare words that DuckDB takes, and lands as the text that they are: these as they stand here,
_BARE_WORDS = ("true", "false")
#: and these in capitals or not.
_BARE_NUMBERS = ("nan", "inf", "infinity")
#: Values that most records have, as they are landed. They only save time: each is good beyond
#: doubt, so that nothing else is computed of it.
_USUAL = {
    "auth": ("Logged In",),
    "gender": ("F", "M"),
    "level": ("free", "paid"),
    "method": ("PUT", "GET"),
    "page": (PLAY_PAGE,),
    "status": ("200",),
}
#: Where a double holds every integer.
_EXACT = (-(2**53) + 1, 2**53 - 1)


def is_landed_as_json(field: Field) -> bool:
    """Return whether a scan lands the field as JSON, so that its type can be told."""
    is_text = field.contract in (Contract.TEXT, Contract.INTEGER_TEXT)
    return not is_text or field.key in _LANDED_AS_JSON


def is_in_doubt(feed: Feed, landed: Any) -> ColumnElement[bool]:
    """Return the condition that a record may break the contract.

    A comparison with NULL is no doubt: where a field is missing, only its own doubt counts.
    """
    doubts = [
        doubt
        for field in feed.fields
        for doubt in _unusual_doubts(field, landed[field.column], landed[f"raw_{field.column}"])
    ]
    if feed.has_plays:
        doubts.append(_play_lacks_its_key(feed, landed))
    return or_(*doubts)


def _unusual_doubts(field: Field, value: Any, raw: Any) -> list[ColumnElement[bool]]:
    """Return the field's doubts; of a usual value none is computed."""
    doubts = _doubts(field, value, raw)
    usual = _USUAL.get(field.key)
    if usual is None:
        return doubts
    # Where the field has to be there, NULL differs from all that is usual.
    differs = raw.is_distinct_from if field.required else raw.__ne__
    return [and_(*(differs(one) for one in usual), or_(*doubts))]


def _doubts(field: Field, value: Any, raw: Any) -> list[ColumnElement[bool]]:
    """Return conditions of which one is true where the field may break its contract.

    They are evaluated for every record, so each costs what it can: a comparison takes 3 ns,
    a search through the text 10 to 20, a regular expression 30 to 70.
    """
    if field.contract is Contract.TEXT:
        limit = func.strlen(value) > field.max_bytes
        nul = func.contains(raw, r"\u0000" if is_landed_as_json(field) else func.chr(0))
        # A JSON text begins with its quote; nothing else begins with that or less.
        kind = [raw >= "#"] if is_landed_as_json(field) else _maybe_no_string(raw)
        missing = [raw.is_(None), value == ""] if field.required else []
        return [*missing, *kind, limit, nul]
    if field.contract is Contract.INTEGER_TEXT:
        canonical = cast(try_cast(raw, BigInteger), String)
        return [and_(raw != "", canonical.is_distinct_from(raw))]
    missing_or_no_number = (
        value.is_(None) if field.required else and_(value.is_(None), raw.is_not(None))
    )
    match field.contract:
        case Contract.FLOAT:
            return [missing_or_no_number, ~func.isfinite(value)]
        case Contract.INTEGRAL_FLOAT:
            return [missing_or_no_number, value != func.trunc(value), ~value.between(*_EXACT)]
        case _:
            # TRY_CAST alone would round 139.5, and take 1e-7 for 0. DuckDB writes a number
            # anew: it has a point, or an exponent that only 0 has within the range.
            # What is out of the range of its column is no number to TRY_CAST.
            is_narrower = field.contract is Contract.EPOCH_MS
            out_of_range = [~value.between(field.low, field.high)] if is_narrower else []
            return [
                missing_or_no_number,
                *out_of_range,
                func.contains(raw, "."),
                and_(value == 0, raw != "0"),
            ]


def _maybe_no_string(raw: Any) -> list[ColumnElement[bool]]:
    """Return conditions of which one is true where the text may have been no JSON string.

    Of an AND, the first condition is the one that hardly any text fulfils: the others are computed
    only where it holds.
    """
    length = func.strlen(raw)
    return [
        and_(raw < "A", raw >= "-"),  # a number
        and_(raw >= "[", or_(raw < "a", and_(raw >= "{", raw < "|"))),  # a list, an object
        *(raw == word for word in _BARE_WORDS),
        *(and_(length == len(word), func.lower(raw) == word) for word in _BARE_NUMBERS),
    ]


def _play_lacks_its_key(feed: Feed, landed: Any) -> ColumnElement[bool]:
    """Return the condition that a play has not all that the natural key needs."""
    needed = [field for field in feed.fields if field.required_in_play]
    lacking = [landed[field.column].is_(None) for field in needed] + [
        landed[field.column] == "" for field in needed if field.contract is Contract.INTEGER_TEXT
    ]
    return and_(landed.page == PLAY_PAGE, or_(*lacking))
