"""Good files with something broken in them: nothing crashes, nothing is lost, neighbours survive.

The mutations are drawn with a fixed seed; SPARKIFY_PROPERTY_EXAMPLES asks for more of them.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from sparkify_dwh.errors import DataRejectedError
from sparkify_dwh.feeds.contract import LOG_FEED, SONG_FEED, Feed
from sparkify_dwh.feeds.exact import Accepted, read_records
from tests.bad_input.conftest import Judge, Verdict
from tests.bad_input.corpus import line, lines
from tests.load.records import TS, play, song, visit
from tests.load.warehouse import Warehouse

#: Files that each mutation is tried on.
FILES = max(60, int(os.environ.get("SPARKIFY_PROPERTY_EXAMPLES", "0")) // 10)
_LINES = [
    line(record)
    for record in (
        play(ts=TS),
        visit(ts=TS + 1),
        play(ts=TS + 2, song="1979", artist="[spunge]", firstName="É", userAgent='a "b" \\ c'),
        play(ts=TS + 3, mood={"a": [1, {"b": None}]}),
        play(ts=TS + 4, userId=9, length=5),
    )
]
#: A song file has one of these, as most have, or all of them.
_SONG_LINES = [
    line(record)
    for record in (
        song(song_id="SO1", title='a "b" \\ c', artist_name="É"),
        song(song_id="SO2", title="1979", artist_latitude=None, year=0),
        song(song_id="SO3", mood={"a": [1, {"b": None}]}),
        song(song_id="SO4", title="[spunge]", duration=5, artist_longitude=-1.5e1),
    )
]
_STRUCTURE = b'{}[]",:\\\n\r \t0-.eE\0\xff/'

#: Changes one line in place; gets the line, with its line end, and a position in it.
Mutation = Callable[[random.Random, bytearray, int], None]


def flip_a_bit(draw: random.Random, text: bytearray, at: int) -> None:
    text[at] ^= 1 << draw.randrange(8)


def replace_a_byte(draw: random.Random, text: bytearray, at: int) -> None:
    text[at] = draw.randrange(256)


def drop_a_byte(draw: random.Random, text: bytearray, at: int) -> None:
    del text[at]


def double_a_byte(draw: random.Random, text: bytearray, at: int) -> None:
    text.insert(at, text[at])


def insert_structure(draw: random.Random, text: bytearray, at: int) -> None:
    text.insert(at, draw.choice(_STRUCTURE))


def cut_the_line(draw: random.Random, text: bytearray, at: int) -> None:
    del text[at:-1]


def cut_the_front(draw: random.Random, text: bytearray, at: int) -> None:
    del text[:at]


def change_a_number(draw: random.Random, text: bytearray, at: int) -> None:
    digits = [place for place, byte in enumerate(text) if chr(byte).isdigit()]
    text[draw.choice(digits)] = draw.choice(b'-+.eE_x" 0')


def repeat_a_piece(draw: random.Random, text: bytearray, at: int) -> None:
    text[at:at] = text[at : at + draw.randrange(1, 40)]


MUTATIONS: tuple[Mutation, ...] = (
    flip_a_bit,
    replace_a_byte,
    drop_a_byte,
    double_a_byte,
    insert_structure,
    cut_the_line,
    cut_the_front,
    change_a_number,
    repeat_a_piece,
)


@dataclass(frozen=True)
class Mutated:
    content: bytes
    untouched: list[Any]  #: the ts, or the song_id, of the records on the other lines


def mutated_files(mutate: Mutation, *, count: int) -> list[Mutated]:
    draw = random.Random(mutate.__name__)
    return [_mutated(draw, mutate) for _ in range(count)]


def _mutated(draw: random.Random, mutate: Mutation) -> Mutated:
    return _mutated_lines(draw, mutate, _LINES, [TS + number for number in range(len(_LINES))])


def _mutated_lines(
    draw: random.Random, mutate: Mutation, whole: list[bytes], names: list[Any]
) -> Mutated:
    texts = [bytearray(text + b"\n") for text in whole]
    number = draw.randrange(len(texts))
    text = texts[number]
    mutate(draw, text, draw.randrange(len(text)))
    touched = {number}
    if not text.endswith(b"\n"):
        touched.add(number + 1)  # it has swallowed the next line's beginning
    return Mutated(
        b"".join(texts), [name for other, name in enumerate(names) if other not in touched]
    )


def mutated_song_files(mutate: Mutation, *, count: int) -> list[Mutated]:
    draw = random.Random(mutate.__name__)
    songs = [
        _SONG_LINES if number % 4 == 0 else [draw.choice(_SONG_LINES)] for number in range(count)
    ]
    return [
        _mutated_lines(draw, mutate, lines, [json.loads(one)["song_id"] for one in lines])
        for lines in songs
    ]


def by_exact_reader(feed: Feed, content: bytes) -> Verdict:
    found = list(read_records(feed, io.BytesIO(content), uri="x"))
    rejects = [record for record in found if not isinstance(record, Accepted)]
    return Verdict(
        rows=[record.values for record in found if isinstance(record, Accepted)],
        rejects=[(reject.line, reject.reason.value, reject.key) for reject in rejects],
        records=len(found),
        unknown_keys=frozenset(
            key for record in found if isinstance(record, Accepted) for key in record.unknown
        ),
        was_exact=True,
        was_strict=True,
    )


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutate: mutate.__name__)
def test_other_lines_survive_and_every_reader_agrees(judge: Judge, mutate: Mutation) -> None:
    files = mutated_files(mutate, count=FILES)
    require_agreement(judge, LOG_FEED, "ts", files)


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutate: mutate.__name__)
def test_song_files_are_judged_alike(judge: Judge, mutate: Mutation) -> None:
    files = mutated_song_files(mutate, count=FILES)
    require_agreement(judge, SONG_FEED, "song_id", files)


def require_agreement(judge: Judge, feed: Feed, name: str, files: list[Mutated]) -> None:
    """Require that other lines survive, and that the verdict is the exact reader's."""
    place = [field.key for field in feed.fields].index(name)
    verdicts = judge(feed.name, [each.content for each in files])
    for file, verdict in zip(files, verdicts, strict=True):
        assert verdict.records == len(verdict.rows) + len(verdict.rejects), file.content
        names = [row[place] for row in verdict.rows]
        assert [name for name in file.untouched if name not in names] == [], file.content
        exact = by_exact_reader(feed, file.content)
        assert verdict.rows == exact.rows, file.content
        assert verdict.rejects == exact.rejects, file.content
        assert verdict.unknown_keys == exact.unknown_keys, file.content


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutate: mutate.__name__)
def test_large_files_are_judged_alike(judge: Judge, mutate: Mutation) -> None:
    padding = lines(*(play(ts=TS + 100 + number) for number in range(700)))
    files = mutated_files(mutate, count=12)
    contents = [file.content + padding for file in files]
    for content, verdict in zip(contents, judge("log", contents), strict=True):
        exact = by_exact_reader(LOG_FEED, content)
        assert verdict.rows == exact.rows, content[:3000]
        assert verdict.rejects == exact.rejects, content[:3000]


@pytest.mark.parametrize("seed", range(2))
def test_accounts_of_a_load_of_broken_files_come_out(warehouse: Warehouse, seed: int) -> None:
    warehouse.put("song", "a.json", [song()])
    for mutate in MUTATIONS:
        draw = random.Random(f"{seed} {mutate.__name__}")
        for number in range(10):
            content = _mutated(draw, mutate).content
            warehouse.put("log", f"{mutate.__name__}/{number}.json", content)
    with pytest.raises(DataRejectedError) as caught:
        warehouse.load()
    rejected = caught.value.total
    assert rejected > 10
    assert warehouse.runs() == []
    assert warehouse.load(max_errors=rejected).rejected == rejected
    files = [file for file in warehouse.ledger() if file["feed"] == "log"]
    assert len(warehouse.rejects()) == rejected == sum(file["records_rejected"] for file in files)
    assert len(warehouse.star()["songplays"]) == sum(file["plays_inserted"] for file in files)
    for file in files:
        assert file["records_read"] == file["records_staged"] + file["records_rejected"]
        assert file["records_staged"] == (
            file["plays_inserted"] + file["plays_duplicate"] + file["not_plays"]
        )


@pytest.mark.parametrize("level", [0, 9], ids=["stored", "compressed"])
def test_damaged_gzip_file_is_rejected_whole(judge: Judge, level: int) -> None:
    draw = random.Random(level)
    plain = lines(*(play(ts=TS + number) for number in range(700)))
    sound = gzip.compress(plain, level, mtime=0)
    contents = []
    for _ in range(40):
        damaged = bytearray(sound)
        if draw.random() < 0.3:
            del damaged[draw.randrange(20, len(sound)) :]
        else:
            # Behind the header, of which not all means something.
            damaged[draw.randrange(10, len(sound))] ^= 1 << draw.randrange(8)
        contents.append(bytes(damaged))
    for content, verdict in zip(contents, judge("log", contents), strict=True):
        assert verdict.rows == [], len(content)
        assert verdict.rejects == [(None, "corrupt_compression", None)]
