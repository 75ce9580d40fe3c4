"""DuckDB's bulk scan: the queries that prove files good and stage them at full speed.

DuckDB's JSON reader is fast but lenient. It takes trailing commas, NaN, 139.5 as 140 and
139 as text. The *stage* query reads the fields, and tells the records that it can prove to
honour the contract. What it cannot prove, it marks. What it cannot see is proven apart:

- That records have the known keys only, each once at most. The reader can be strict about
  keys, but only about such as it has found by itself. So the first file that it is given
  is a *prototype*, two records of the loader's own, from which it learns keys and types.
- How lines end and how long they are (:mod:`sparkify_dwh.staging.lines`).
- What a text's value tells, where staging lies in a file: each different one is looked at once,
  when all are stored.

Where a record has other keys, or a line is no JSON, the strict scan fails as a whole. Then
the files are scanned twice. The *probe* looks at each record's raw text: is it an object,
with the known keys, each once, no trailing comma, no NUL, within the size limit? It counts
the records, too. The stage query follows, this time with a reader that forgives.

A file is good when nobody has a doubt and every record was staged. Any other file is
handed, whole, to the exact reader, whose verdict is final. So no query ever decides
that a record is bad, and being too careful costs time, never a record.

What makes a field doubtful stands in :mod:`sparkify_dwh.statements.doubts`, and what is asked of
stored texts in :mod:`sparkify_dwh.statements.stored_texts`.
"""

import json
from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Double,
    Insert,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    case,
    cast,
    column,
    false,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    true,
    try_cast,
)
from sqlalchemy.types import BigInteger, String

from sparkify_dwh.feeds.contract import PLAY_PAGE, Contract, Feed, Field
from sparkify_dwh.feeds.record_line import FILE_TAG, MAX_RECORD_BYTES, NUMBER_TAG
from sparkify_dwh.statements.doubts import (
    is_in_doubt,
    is_landed_as_json,
)
from sparkify_dwh.statements.duckdb_types import NUMBERS, TEXTS, file_names
from sparkify_dwh.statements.events import (
    IS_PLAY,
    LOCATION_OR_MORE,
    frequent_name,
    is_like_packed,
    is_number,
    packs,
    raw_name,
    unquoted,
)
from sparkify_dwh.statements.plays import TRACK_HASH, track_hash
from sparkify_dwh.statements.stored_texts import judged_later

#: What strict JSON does not have, and DuckDB takes inside a value that it does not land.
#: The last part finds what may be nested deeper than the exact reader takes.
_LENIENT_JSON = r"(?i)[:\[,]\s*-?(nan|inf)|,\s*[}\]]|([\[{][^\[{]*){200}"

#: How a record ends that may have a comma before its last brace.
_UNUSUAL_ENDS = tuple(f"{character}}}" for character in ", \t\r\n\f\v")


@dataclass(frozen=True, slots=True)
class ScanPart:
    """Local files that one scan reads, one record a line.

    ``file_ids`` gives the file of each path. Where records are spooled they are ``tagged``: each
    carries its file as FILE_TAG, counted from what ``file_ids`` has for the path, and its number as
    NUMBER_TAG if it is ``numbered``.
    """

    paths: tuple[str, ...]
    file_ids: tuple[int, ...]
    tagged: bool = False
    numbered: bool = False
    prototype: str | None = None  #: path of the prototype, where the scan is to be strict

    @property
    def values(self) -> dict[str, list[Any]]:
        """What the named parameters of the statements stand for."""
        # The prototype comes first: the reader learns from the first file only.
        first = [] if self.prototype is None else [self.prototype]
        return {
            "paths": file_names([*first, *self.paths]),
            "file_ids": [*(0 for _ in first), *self.file_ids],
        }

    @property
    def form(self) -> "ScanPart":
        """What all parts that are read in this way have in common."""
        return ScanPart(
            (),
            (),
            self.tagged,
            self.numbered,
            None if self.prototype is None else "",
        )

    @property
    def tags(self) -> list[str]:
        """The keys that the loader has put in front of each record's own."""
        return [*[FILE_TAG] * self.tagged, *[NUMBER_TAG] * self.numbered]

    def only(self, file_ids: Container[int]) -> "ScanPart":
        """Return the part with these of its files; only for files that are scanned in place."""
        kept = [
            (path, file_id)
            for path, file_id in zip(self.paths, self.file_ids, strict=True)
            if file_id in file_ids
        ]
        paths, numbers = tuple(path for path, _ in kept), tuple(number for _, number in kept)
        return replace(self, paths=paths, file_ids=numbers)


def prototype(feed: Feed, part: ScanPart) -> str:
    """Return two records, one a line, that show a strict scan the keys and how to land each.

    A key with a number in one record and a text in the other is landed as JSON.
    """
    kinds = _kinds(feed, part)
    values = ({"BIGINT": 1, "JSON": number, "VARCHAR": "x"} for number in (1, "x"))
    records = ({key: of_kind[kind] for key, kind in kinds.items()} for of_kind in values)
    return "".join(json.dumps(record) + "\n" for record in records)


def probe(feed: Feed, part: ScanPart) -> Select[Any]:
    """Select file_id, records, doubtful (a count) and unknown_keys (a list) of each file."""
    raw = column("json", String)
    file_id = _file_id(part, cast(func.json_extract_string(raw, f"$.{FILE_TAG}"), BigInteger))
    known: ColumnElement[Any] = literal_column(TEXTS.written([*part.tags, *feed.keys]))
    line = (
        select(file_id.label("file_id"), raw, func.json_keys(raw).label("record_keys"))
        .select_from(_reader("read_json_objects", part))
        .subquery("line")
    )
    drift: ColumnElement[Any] = literal_column(
        f"list_filter(record_keys, lambda key: NOT list_contains({known}, key))"
    )
    is_unusual = line.c.record_keys != known
    record = select(
        *line.c,
        is_unusual.label("is_unusual"),
        case((is_unusual, drift)).label("unknown_keys"),
    ).subquery("record")
    return select(
        record.c.file_id,
        func.count().label("records"),
        func.count().filter(func.coalesce(_is_doubtful(record.c), true())).label("doubtful"),
        func.list_distinct(
            func.flatten(func.list(record.c.unknown_keys).filter(record.c.is_unusual))
        ).label("unknown_keys"),
    ).group_by(record.c.file_id)


def _is_doubtful(record: Any) -> ColumnElement[bool]:
    """Return the condition that the record's text is not surely what strict JSON takes.

    What is dear stands in a CASE: DuckDB computes every operand of AND and OR for every
    record, whatever the others say, and a regular expression costs more than the scan.
    """
    keys = record.record_keys
    return or_(
        record.json.is_(None),
        ~func.starts_with(record.json, "{"),
        func.contains(record.json, r"\u0000"),
        func.strlen(record.json) > MAX_RECORD_BYTES,
        case(
            (
                or_(*(func.ends_with(record.json, end) for end in _UNUSUAL_ENDS)),
                func.regexp_matches(record.json, r",\s*\}$"),
            ),
            else_=false(),
        ),
        case(
            (
                record.is_unusual,
                or_(
                    func.len(func.list_distinct(keys)) != func.len(keys),
                    and_(
                        func.len(record.unknown_keys) > 0,
                        func.regexp_matches(record.json, _LENIENT_JSON),
                    ),
                ),
            ),
            else_=false(),
        ),
    )


def stage(feed: Feed, part: ScanPart, target: Table, *, in_file: bool) -> Insert:
    """Insert the records into the target table, those that are in doubt under ``-file_id``.

    All fields are judged; those are stored whose column the target has, which lies ``in_file`` or
    in memory. Some texts are judged once they are stored.

    With a prototype the statement fails where a record has a key that it does not show, has
    one twice, or is no JSON.

    A filter is evaluated apart from what is selected: with one, DuckDB would read every number
    and unquote every text twice. A line that is no JSON comes as a record of NULLs, which is in
    doubt for what it lacks.
    """
    file_id, number = _lineage(part)
    landed = (
        select(
            *(
                _value(field, _raw(field), target.c[field.column]).label(field.column)
                for field in feed.fields
                if field.column in target.c
            ),
            *(_raw(field).label(raw_name(field.column)) for field in feed.fields),
            *(
                try_cast(_raw(field), stored_in.type).label(stored_in.name)
                for field, stored_in in _frequent(feed, target).items()
            ),
            file_id.label("file_id"),
            number.label("record_number"),
        )
        .select_from(_reader("read_json", part, *_columns_options(feed, part)))
        .where(*_not_of_prototype(part))
        .subquery("landed")
    )
    judged: ColumnElement[Any] = landed.c.file_id
    if not part.numbered:  # what the exact reader wrote was judged before, and is not again
        later = {
            field for texts in judged_later(feed, target, in_file=in_file) for field in texts.fields
        }
        in_doubt = is_in_doubt(feed, _as_judged(feed, landed), later)
        if LOCATION_OR_MORE in target.c:
            in_doubt = or_(in_doubt, is_like_packed(landed.c))
        judged = case((in_doubt, -landed.c.file_id), else_=landed.c.file_id)
    stored: dict[str, Any] = {column.name: column for column in landed.c}
    stored |= {
        field.column: _stored(field, landed.c, target.c[field.column])
        for field in feed.fields
        if field.column in target.c
    }
    if LOCATION_OR_MORE in target.c:
        stored |= packs(landed.c)
    stored["file_id"] = judged
    if feed.has_plays:
        stored[IS_PLAY] = landed.c[raw_name("page")] == PLAY_PAGE
        stored[TRACK_HASH] = track_hash(landed.c)
    names = [column.name for column in target.c]
    return insert(target).from_select(names, select(*(stored[name] for name in names)))


def _reader(function: str, part: ScanPart, *options: str) -> Any:
    """Return the table function over the part's files.

    Without a prototype, bad lines come back as NULL: what is wrong with them is for the exact
    reader to say.
    """
    options = (
        "format = 'newline_delimited'",
        f"ignore_errors = {str(part.prototype is None).lower()}",
        # What is read here is plain, whatever its name: spooled if it was compressed.
        "compression = 'uncompressed'",
        *options,
    )
    paths = bindparam("paths", part.values["paths"], TEXTS)
    return getattr(func, function)(paths, *map(literal_column, options)).alias("scan")


def _columns_options(feed: Feed, part: ScanPart) -> tuple[str, ...]:
    if part.prototype is not None:
        return ("maximum_sample_files = 1", "records = 'true'")
    kinds = ", ".join(f"{key}: '{kind}'" for key, kind in _kinds(feed, part).items())
    return (f"columns = {{{kinds}}}",)


def _kinds(feed: Feed, part: ScanPart) -> dict[str, str]:
    """Return the type that each key is landed as."""
    return dict.fromkeys(part.tags, "BIGINT") | {
        field.key: "JSON" if is_landed_as_json(field) else "VARCHAR" for field in feed.fields
    }


def _not_of_prototype(part: ScanPart) -> list[ColumnElement[bool]]:
    return [] if part.prototype is None else [column("file_index", BigInteger) > 0]


def _lineage(part: ScanPart) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    unknown: ColumnElement[Any] = cast(null(), Integer)
    file_id = _file_id(part, column(FILE_TAG, BigInteger))
    return file_id, column(NUMBER_TAG) if part.numbered else unknown


def _file_id(part: ScanPart, tag: ColumnElement[int]) -> ColumnElement[int]:
    """Return the number of a record's file; ``tag`` is what a tagged record carries."""
    of_path = _file_of_path(part)
    return of_path + tag if part.tagged else of_path


def _file_of_path(part: ScanPart) -> ColumnElement[int]:
    place = cast(column("file_index"), BigInteger) + literal_column("1")
    numbers = bindparam("file_ids", part.values["file_ids"], NUMBERS)
    return func.list_extract(numbers, place, type_=BigInteger)


def _raw(field: Field) -> ColumnElement[Any]:
    """Return the field as it was landed, as text."""
    landed = column(field.key, String)
    return cast(landed, String) if is_landed_as_json(field) else landed


def _value(
    field: Field, raw: ColumnElement[Any], stored_in: Column[Any] | None = None
) -> ColumnElement[Any]:
    """Return the field's value, NULL where it has none; only right where it is proven."""
    match field.contract:
        case Contract.TEXT if is_landed_as_json(field):
            return unquoted(raw)
        case Contract.INTEGER_TEXT if stored_in is not None and is_number(stored_in):
            return try_cast(raw, BigInteger)
        case Contract.TEXT | Contract.INTEGER_TEXT:
            return raw
        case Contract.FLOAT | Contract.INTEGRAL_FLOAT:
            return try_cast(raw, Double)
        case _:
            return try_cast(raw, Integer if field.bits == 32 else BigInteger)


def _frequent(feed: Feed, target: Table) -> dict[Field, Column[Any]]:
    """Return the target's columns of frequent texts."""
    names = {field: frequent_name(field.column) for field in feed.fields}
    return {field: target.c[name] for field, name in names.items() if name in target.c}


def _as_judged(feed: Feed, landed: Any) -> dict[str, ColumnElement[Any]]:
    """Return each field's value by its column, and by ``raw_`` and that what it was landed as.

    A value that is not stored is computed only where a condition asks for it.
    """
    beside = {name: landed.c[name] for name in (raw_name(field.column) for field in feed.fields)}
    return beside | {
        field.column: (
            landed.c[field.column]
            if field.column in landed.c
            else _value(field, beside[raw_name(field.column)])
        )
        for field in feed.fields
    }


def _stored(field: Field, landed: Any, stored_in: Column[Any]) -> ColumnElement[Any]:
    """Return what is inserted: the value, or another one where the column takes no NULL."""
    value: ColumnElement[Any] = landed[field.column]
    if stored_in.nullable:
        return value
    return func.coalesce(value, "" if field.contract is Contract.TEXT else 0)
