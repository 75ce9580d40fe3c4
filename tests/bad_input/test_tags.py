"""A record that has a key which the loader tags records with is a record like any other."""

from __future__ import annotations

import json

import pytest

from sparkify_dwh.feeds.contract import FEEDS, Feed
from sparkify_dwh.feeds.record_line import FILE_TAG, NUMBER_TAG
from tests.bad_input.conftest import FIRST_FILE_ID, Judge
from tests.bad_input.corpus import line
from tests.bad_input.test_mutations import by_exact_reader
from tests.load.records import play, song

RECORDS = {"log": play, "song": song}
BAD = {"log": {"ts": "soon"}, "song": {"artist_id": 5}}


@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
@pytest.mark.parametrize("tag", [FILE_TAG, NUMBER_TAG])
@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.name)
def test_a_key_of_the_loader_is_unknown(judge: Judge, feed: Feed, tag: str, first: bool) -> None:
    record = RECORDS[feed.name]
    bad = BAD[feed.name]
    contents = []
    for value in (1, 2, FIRST_FILE_ID, FIRST_FILE_ID + 1, 99, -FIRST_FILE_ID, "x", None):
        for changes in ({}, bad):
            own = {**record(), **changes}
            contents.append(line({tag: value, **own} if first else {**own, tag: value}) + b"\n")
    contents += [line(record()) + b"\n", line({**record(), **bad}) + b"\n"] * 2
    for content, verdict in zip(contents, judge(feed.name, contents), strict=True):
        exact = by_exact_reader(feed, content)
        assert verdict.rows == exact.rows, content
        assert verdict.rejects == exact.rejects, content
        is_told = tag in json.loads(content) and not exact.rejects
        assert verdict.unknown_keys == exact.unknown_keys == ({tag} if is_told else set()), content
        assert verdict.records == 1
