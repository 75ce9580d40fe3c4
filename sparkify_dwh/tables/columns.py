"""The column kinds that all tables share, and the metadata that they are part of.

A kind is a SQL type, sized in UTF-8 bytes as Redshift counts them, and the Redshift compression
encoding that suits such values. Redshift switches a table's automatic encoding off as soon as one
column pins an encoding, so every kind pins one. Columns are NOT NULL unless they say otherwise.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Double, Integer, MetaData, SmallInteger, String
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from sparkify_dwh.redshift import options

options.declare()

#: The whole warehouse.
metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    }
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of column; called, it makes one."""

    type: TypeEngine[Any]
    encode: str

    def __call__(
        self, name: str, *items: SchemaItem, comment: str, nullable: bool = False, **options: Any
    ) -> Column[Any]:
        """Return a column of this kind, with further items and options of SQLAlchemy's own."""
        return Column(
            name,
            self.type,
            *items,
            comment=comment,
            nullable=nullable,
            redshift_encode=self.encode,
            **options,
        )


#: Ids that Sparkify counts up: room far beyond 32 bits costs nothing under AZ64.
big_id = Kind(BigInteger(), "az64")
#: The id that its table is sorted by.
sorted_big_id = Kind(BigInteger(), "raw")
#: Counts, item numbers and years.
number = Kind(Integer(), "az64")
#: Hour, day, week, month, weekday.
calendar_part = Kind(SmallInteger(), "az64")
#: Epoch milliseconds and totals of rows.
long_number = Kind(BigInteger(), "az64")
#: Seconds, degrees: AZ64 does not take floating point, ZSTD does.
real = Kind(Double(), "zstd")
#: UTC, without zone, milliseconds kept.
utc_timestamp = Kind(DateTime(), "az64")
#: The leading sort column of a table stays raw: a compressed one makes a range scan
#: read more blocks of the other columns than it has to.
sorted_utc_timestamp = Kind(DateTime(), "raw")
#: One of a handful of words: free, paid, PUT, NextSong. ZSTD although BYTEDICT would be a
#: little smaller: Redshift cannot widen a BYTEDICT column.
word = Kind(String(64), "zstd")
#: A catalogue identifier such as SOZCTXZ12AB0182364 (18 bytes today).
catalogue_id = Kind(String(32), "zstd")
#: The catalogue identifier that its table is sorted by.
sorted_catalogue_id = Kind(String(32), "raw")
#: A person's name or a place.
short_text = Kind(String(256), "zstd")
#: A title, an artist's name or a user agent (longest of the feeds: 161 bytes).
long_text = Kind(String(512), "zstd")
#: A file's URI; S3 keys are at most 1,024 bytes, percent-encoded up to three times that.
uri = Kind(String(4096), "zstd")
#: Text of a rejected record, cut at 4 KB.
raw_text = Kind(String(4096), "zstd")
