"""The declarative base and the column kinds that all tables share.

A kind is an ``Annotated`` alias: the SQL type, sized in UTF-8 bytes as Redshift counts
them, and the Redshift compression encoding that suits such values. Redshift switches a
table's automatic encoding off as soon as one column pins an encoding, so every kind
pins one.
"""

import datetime as dt
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Double, Integer, MetaData, SmallInteger, String, Table
from sqlalchemy.orm import DeclarativeBase, mapped_column

from sparkify_dwh.redshift import options

options.declare()

NAMING_CONVENTION = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
}


def _encode(encoding: str) -> dict[str, Any]:
    return {"encode": encoding}


#: Ids that Sparkify counts up: room far beyond 32 bits costs nothing under AZ64.
BigId = Annotated[int, mapped_column(BigInteger, info=_encode("az64"))]
#: The id that its table is sorted by.
SortedBigId = Annotated[int, mapped_column(BigInteger, info=_encode("raw"))]
#: Counts, item numbers and years.
Number = Annotated[int, mapped_column(Integer, info=_encode("az64"))]
#: Hour, day, week, month, weekday.
CalendarPart = Annotated[int, mapped_column(SmallInteger, info=_encode("az64"))]
#: Epoch milliseconds and totals of rows.
LongNumber = Annotated[int, mapped_column(BigInteger, info=_encode("az64"))]
#: Seconds, degrees: AZ64 does not take floating point, ZSTD does.
Real = Annotated[float, mapped_column(Double, info=_encode("zstd"))]
#: UTC, without zone, milliseconds kept.
UtcTimestamp = Annotated[dt.datetime, mapped_column(DateTime, info=_encode("az64"))]
#: The leading sort column of a table stays raw: a compressed one makes a range scan
#: read more blocks of the other columns than it has to.
SortedUtcTimestamp = Annotated[dt.datetime, mapped_column(DateTime, info=_encode("raw"))]
#: One of a handful of words: free, paid, PUT, NextSong. ZSTD although BYTEDICT would be a
#: little smaller: Redshift cannot widen a BYTEDICT column.
Word = Annotated[str, mapped_column(String(64), info=_encode("zstd"))]
#: A catalogue identifier such as SOZCTXZ12AB0182364 (18 bytes today).
CatalogueId = Annotated[str, mapped_column(String(32), info=_encode("zstd"))]
#: The catalogue identifier that its table is sorted by.
SortedCatalogueId = Annotated[str, mapped_column(String(32), info=_encode("raw"))]
#: A person's name or a place.
ShortText = Annotated[str, mapped_column(String(256), info=_encode("zstd"))]
#: A title, an artist's name or a user agent (longest of the feeds: 161 bytes).
LongText = Annotated[str, mapped_column(String(512), info=_encode("zstd"))]
#: A file's URI; S3 keys are at most 1,024 bytes, percent-encoded up to three times that.
Uri = Annotated[str, mapped_column(String(4096), info=_encode("zstd"))]
#: Text of a rejected record, cut at 4 KB.
RawText = Annotated[str, mapped_column(String(4096), info=_encode("zstd"))]


class Base(DeclarativeBase):
    """The base of every mapped class; ``Base.metadata`` is the whole warehouse."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Map the class, then hand each kind's encoding to the Redshift dialect.

        SQLAlchemy merges ``info`` from an ``Annotated`` kind into the column, but not
        the options of a third-party dialect.
        """
        super().__init_subclass__(**kwargs)
        for column in table_of(cls).columns:
            if "encode" in column.info:
                column.dialect_options["redshift"]["encode"] = column.info["encode"]

    def __repr__(self) -> str:
        """Show the key columns only, so that a list of rows stays readable."""
        keys = ", ".join(
            f"{column.name}={getattr(self, column.name)!r}"
            for column in table_of(type(self)).primary_key.columns
        )
        return f"<{type(self).__name__} {keys}>"


def table_of(model: type[Base]) -> Table:
    """Return the model's table, typed as what it is: declarative says FromClause."""
    table = model.__table__
    assert isinstance(table, Table)
    return table
