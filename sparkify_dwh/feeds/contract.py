"""What a record of each feed may hold: the one contract that every engine applies.

The contract is derived from the staging tables, so a field's width and the width of its
column cannot drift apart. Two readers apply it: the exact reader, record by record in
Python (:mod:`sparkify_dwh.feeds.exact`), and the bulk scan in SQL
(:mod:`sparkify_dwh.statements.scan`), which only ever *proves* records good and
hands every file with a doubtful one to the exact reader.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import BigInteger, Integer, String, Table

from sparkify_dwh import tables

#: Epoch milliseconds that the warehouse takes: from 2000 to the end of 2100, UTC.
#: Epoch *seconds* of our time read as milliseconds lie in January 1970: refused.
EARLIEST_TS = 946_684_800_000
END_OF_TS = 4_133_980_800_000

#: The page that makes a log record a play.
PLAY_PAGE = "NextSong"


class Contract(enum.StrEnum):
    """The JSON values that a field takes; null and a missing key are the same."""

    TEXT = "text"  #: a string, measured in UTF-8 bytes
    INTEGER = "integer"  #: a number without fraction or exponent, within its column
    FLOAT = "float"  #: any finite number
    INTEGRAL_FLOAT = "integral_float"  #: a number without fractional part: 1540919166796.0
    EPOCH_MS = "epoch_ms"  #: an integer from EARLIEST_TS to before END_OF_TS
    INTEGER_TEXT = "integer_text"  #: an integer, or the canonical text of one, or ""


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a feed: its column, the values it takes and when it has to be there."""

    key: str
    column: str
    contract: Contract
    max_bytes: int | None = None  #: of text, in UTF-8
    bits: int | None = None  #: of an integer's column: 32 or 64
    required: bool = False  #: in every record, and not ""
    required_in_play: bool = False  #: in a play, and not ""

    @property
    def low(self) -> int:
        """The smallest integer that the field takes."""
        if self.contract is Contract.EPOCH_MS:
            return EARLIEST_TS
        return -(1 << ((self.bits or 64) - 1))

    @property
    def high(self) -> int:
        """The largest integer that the field takes."""
        if self.contract is Contract.EPOCH_MS:
            return END_OF_TS - 1
        return (1 << ((self.bits or 64) - 1)) - 1


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: its name, its staging table and its fields in the feed's order."""

    name: str
    table: Table
    fields: tuple[Field, ...]
    has_plays: bool

    @property
    def keys(self) -> tuple[str, ...]:
        """The JSON keys, in the feed's order."""
        return tuple(field.key for field in self.fields)

    def jsonpaths(self) -> dict[str, list[str]]:
        """Return the JSONPaths document that maps the keys to the columns by position."""
        return {"jsonpaths": [f"$['{key}']" for key in self.keys]}


#: Without these a record cannot be placed in the star. `page` is among them because a
#: record without it might be a play that nobody would miss.
_REQUIRED = {"ts", "page", "song_id", "artist_id"}
_REQUIRED_IN_PLAY = {"userId", "sessionId", "itemInSession"}


def _fields(table: Table) -> Iterator[Field]:
    for column in table.columns:
        if "key" not in column.info:
            continue
        key, kind = column.info["key"], column.type
        contract = Contract(column.info["contract"])
        yield Field(
            key=key,
            column=column.name,
            contract=contract,
            max_bytes=kind.length if isinstance(kind, String) else None,
            bits=_bits(kind, contract),
            required=key in _REQUIRED,
            required_in_play=key in _REQUIRED_IN_PLAY,
        )


def _bits(kind: object, contract: Contract) -> int | None:
    if isinstance(kind, BigInteger) or contract is Contract.INTEGER_TEXT:
        return 64
    return 32 if isinstance(kind, Integer) else None


def _feed(name: str, table: Table, *, has_plays: bool) -> Feed:
    return Feed(name=name, table=table, fields=tuple(_fields(table)), has_plays=has_plays)


LOG_FEED = _feed("log", tables.staging_events, has_plays=True)
SONG_FEED = _feed("song", tables.staging_songs, has_plays=False)
FEEDS = (LOG_FEED, SONG_FEED)
