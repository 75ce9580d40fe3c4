"""Texts that are judged once they are stored: each different one, once (DuckDB).

In a file they are a dictionary, which DuckDB tells apart at little cost. In memory each text is
hashed for that. That pays for what says who somebody is and where: all of it is told apart at once,
and takes many conditions. The other texts are looked at while they are scanned.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    and_,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.types import String

from sparkify_dwh.feeds.contract import Feed, Field
from sparkify_dwh.statements.doubts import doubts_of_json, doubts_of_text, is_text
from sparkify_dwh.statements.events import PACKED, column_of_text, is_raw, text_of
from sparkify_dwh.statements.packed import is_broken, is_packed

#: Texts that come again and again, always together.
_OF_LISTENER = {"first_name", "last_name", "gender", "level", "location"}


@dataclass(frozen=True, slots=True)
class StoredTexts:
    """Columns of texts whose different rows are told apart together, and the fields in them."""

    columns: tuple[Column[Any], ...]
    fields: tuple[Field, ...]

    def unpacked(self, row: Any) -> list[ColumnElement[Any]]:
        """Return the packed texts of a row of these columns, each under its field's column."""
        packed = (
            field for field in self.fields if column_of_text(row, field.column).name in PACKED
        )
        return [text_of(row, field.column).label(field.column) for field in packed]

    def are_in_doubt(self, row: Any) -> ColumnElement[bool]:
        """Return the condition that such a row, unpacked or not, may break a field's contract."""
        doubts: list[ColumnElement[bool]] = []
        for field in self.fields:
            text = text_of(row, field.column)
            stored = column_of_text(row, field.column)
            doubts += (
                doubts_of_json(field, text, stored)
                if is_raw(stored)
                else doubts_of_text(field, text)
            )
        doubts += (
            and_(is_packed(row[name]), is_broken(row[name], len(texts)))
            for name, texts in PACKED.items()
            if name in row
        )
        return or_(*doubts)


def judged_later(feed: Feed, target: Table, *, in_file: bool) -> list[StoredTexts]:
    """Return the texts that are judged once they are stored: in groups, told apart together.

    Args:
        feed: The feed of the records.
        target: Where they are stored.
        in_file: Whether that is a file, and not memory.
    """
    fields_of: dict[Column[Any], list[Field]] = defaultdict(list)
    for field, column in _columns_of_texts(feed, target).items():
        fields_of[column].append(field)
    if in_file:
        return [StoredTexts((column,), tuple(fields)) for column, fields in fields_of.items()]
    of_listener = {
        column: fields
        for column, fields in fields_of.items()
        if any(field.column in _OF_LISTENER for field in fields)
    }
    if not of_listener:
        return []
    return [StoredTexts(tuple(of_listener), tuple(chain.from_iterable(of_listener.values())))]


def _columns_of_texts(feed: Feed, target: Table) -> dict[Field, Column[Any]]:
    """Return the fields that are stored as texts, with the target's column of each."""
    found = {
        field: column_of_text(target.c, field.column) for field in feed.fields if is_text(field)
    }
    return {
        field: column
        for field, column in found.items()
        if column is not None and isinstance(column.type, String)
    }


def doubtful_texts(feed: Feed, target: Table, *, in_file: bool) -> Select[Any] | None:
    """Select, for each group of texts, how many different rows of it are in doubt.

    Returns:
        The question, or None if there is no such text.
    """
    counts: list[Any] = []
    for texts in judged_later(feed, target, in_file=in_file):
        different = select(*texts.columns).distinct().subquery("different").c
        row = select(*different, *texts.unpacked(different)).subquery("row")
        # As a filter of the rows it would be computed for each row of the table.
        count = select(func.count().filter(texts.are_in_doubt(row.c))).select_from(row)
        names = (column.name for column in texts.columns)
        counts.append(count.scalar_subquery().label("_".join(names)))
    return select(*counts) if counts else None


def doubtful_files(feed: Feed, target: Table, *, in_file: bool) -> CompoundSelect[Any]:
    """Select the ids of the files with such a text."""
    return union(
        *(
            select(target.c.file_id).where(texts.are_in_doubt(target.c))
            for texts in judged_later(feed, target, in_file=in_file)
        )
    )
