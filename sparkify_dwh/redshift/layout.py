"""The physical layout of a Redshift table: distribution, sort key, encodings.

A :class:`Layout` is read from the ``redshift_*`` keywords of a table, be it a model or a table
that was reflected. It knows only what is *pinned*: an aspect that a model leaves out belongs to
Redshift's automatic table optimisation, which may alter it at any time, and is never compared.

https://docs.aws.amazon.com/redshift/latest/dg/t_Creating_tables.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql.compiler import IdentifierPreparer

__all__ = ["ENCODINGS", "Layout", "SortKey", "checked_encoding", "layout_of"]

#: The column names of a compound sort key, or AUTO / NONE.
SortKey = tuple[str, ...] | str

DISTSTYLES = frozenset({"AUTO", "EVEN", "ALL", "KEY"})
SORTKEY_WORDS = frozenset({"AUTO", "NONE"})
# https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html
ENCODINGS = frozenset(
    {"raw", "az64", "bytedict", "delta", "delta32k", "lzo", "mostly8", "mostly16", "mostly32"}
    | {"runlength", "text255", "text32k", "zstd"}
)


@dataclass(frozen=True)
class Layout:
    """What is pinned of a table's layout; ``None`` and missing encodings are not pinned."""

    diststyle: str | None = None
    distkey: str | None = None
    sortkey: SortKey | None = None
    interleaved: bool = False
    encodings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.diststyle is not None and self.diststyle not in DISTSTYLES:
            raise ArgumentError(f"DISTSTYLE {self.diststyle} does not exist: {sorted(DISTSTYLES)}")
        if (self.diststyle == "KEY") != (self.distkey is not None):
            raise ArgumentError("DISTSTYLE KEY goes with a DISTKEY, and no other DISTSTYLE does")
        if isinstance(self.sortkey, str) and self.sortkey not in SORTKEY_WORDS:
            raise ArgumentError(f"SORTKEY takes columns or one of {sorted(SORTKEY_WORDS)}")

    @classmethod
    def of(
        cls,
        *,
        diststyle: str | None = None,
        distkey: str | None = None,
        sortkey: str | Sequence[str] | None = None,
        encodings: Mapping[str, str] | None = None,
        interleaved: bool = False,
    ) -> Layout:
        """Return the layout for loosely written values: any case, one name for a list."""
        style = diststyle.upper() if diststyle else None
        if distkey is not None and style is None:
            style = "KEY"  # Redshift takes a DISTKEY without a DISTSTYLE for DISTSTYLE KEY.
        return cls(
            diststyle=style,
            distkey=distkey,
            sortkey=_normal_sortkey(sortkey),
            interleaved=interleaved,
            encodings={name: enc.lower() for name, enc in (encodings or {}).items()},
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is pinned."""
        return self.diststyle is None and self.sortkey is None and not self.encodings

    def create_table_suffix(self, preparer: IdentifierPreparer) -> str:
        """Return the table attributes that follow the column list of CREATE TABLE."""
        text = ""
        if self.diststyle is not None:
            text += f" DISTSTYLE {self.diststyle}"
        if self.distkey is not None:
            text += f" DISTKEY ({preparer.quote(self.distkey)})"
        if isinstance(self.sortkey, tuple):
            names = ", ".join(preparer.quote(name) for name in self.sortkey)
            text += f"{' INTERLEAVED' if self.interleaved else ''} SORTKEY ({names})"
        elif self.sortkey == "AUTO":
            text += " SORTKEY AUTO"
        return text

    def differing_from(self, actual: Layout) -> Layout:
        """Return the part of this layout that ``actual`` does not fulfil, possibly empty."""
        same_distribution = self.diststyle is None or (
            (self.diststyle, self.distkey) == (actual.diststyle, actual.distkey)
        )
        return Layout(
            diststyle=None if same_distribution else self.diststyle,
            distkey=None if same_distribution else self.distkey,
            sortkey=None if self._same_sortkey(actual) else self.sortkey,
            interleaved=self.interleaved,
            encodings={
                name: encoding
                for name, encoding in sorted(self.encodings.items())
                if actual.encodings.get(name) != encoding
            },
        )

    def same_aspects(self, wanted: Layout) -> Layout:
        """Return this layout, reduced to the aspects that ``wanted`` pins."""
        distribution = wanted.diststyle is not None
        return Layout(
            diststyle=self.diststyle if distribution else None,
            distkey=self.distkey if distribution else None,
            sortkey=(self.sortkey or "NONE") if wanted.sortkey is not None else None,
            interleaved=self.interleaved,
            encodings={
                name: self.encodings[name] for name in wanted.encodings if name in self.encodings
            },
        )

    def _same_sortkey(self, actual: Layout) -> bool:
        # AUTO is never known to be fulfilled: the catalogue does not tell a key that
        # automation chose from one that was declared.
        if self.sortkey is None:
            return True
        if self.sortkey == "NONE":
            return not isinstance(actual.sortkey, tuple)
        return (self.sortkey, self.interleaved) == (actual.sortkey, actual.interleaved)


def layout_of(table: Table) -> Layout:
    """Return the layout that the ``redshift_*`` keywords of ``table`` and its columns pin.

    A DISTKEY or SORTKEY may stand on the table or on a column (``redshift_distkey=True``), but
    a table has at most one of each. Raises :class:`~sqlalchemy.exc.ArgumentError` otherwise.
    """
    options = table.dialect_options["redshift"]
    on_columns = {column.name: column.dialect_options["redshift"] for column in table.columns}
    distkeys = [*_names(options["distkey"])]
    distkeys += [name for name, column in on_columns.items() if column["distkey"]]
    sortkeys = [key for key in (options["sortkey"], options["interleaved_sortkey"]) if key]
    sortkeys += [name for name, column in on_columns.items() if column["sortkey"]]
    if len(distkeys) > 1:
        raise ArgumentError(f"table {table.name!r} has more than one DISTKEY")
    if len(sortkeys) > 1:
        raise ArgumentError(f"table {table.name!r} has more than one SORTKEY")
    sortkey = _normal_sortkey(sortkeys[0]) if sortkeys else None
    for name in [*distkeys, *(sortkey if isinstance(sortkey, tuple) else ())]:
        if name not in on_columns:
            raise ArgumentError(f"table {table.name!r} has no column {name!r} to lay it out by")
    return Layout.of(
        diststyle=options["diststyle"],
        distkey=distkeys[0] if distkeys else None,
        sortkey=sortkey,
        interleaved=bool(options["interleaved_sortkey"]),
        encodings={name: col["encode"] for name, col in on_columns.items() if col["encode"]},
    )


def checked_encoding(encoding: str) -> str:
    """Return the encoding in lower case, or refuse one that Redshift does not have."""
    if encoding.lower() not in ENCODINGS:
        raise ArgumentError(f"ENCODE {encoding} does not exist on Redshift")
    return encoding.lower()


def _names(keys: Any) -> tuple[str, ...]:
    """Return the names of a column, a name, or a sequence of either."""
    if not keys:
        return ()
    if isinstance(keys, (list, tuple)):
        return tuple(str(getattr(key, "name", key)) for key in keys)
    return (str(getattr(keys, "name", keys)),)


def _normal_sortkey(keys: Any) -> SortKey | None:
    if isinstance(keys, str) and keys.upper() in SORTKEY_WORDS:
        return keys.upper()
    return _names(keys) or None
