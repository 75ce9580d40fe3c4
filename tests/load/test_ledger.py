"""What a load writes down of itself: files, records, plays, rejects, drift."""

from __future__ import annotations

import datetime as dt

import pytest

from sparkify_dwh import __version__
from sparkify_dwh.errors import DataRejectedError
from sparkify_dwh.load import ledger
from tests.load.records import TS, play, song, visit
from tests.load.warehouse import Warehouse, json_lines


def test_ledger_knows_every_file_with_its_accounts(warehouse: Warehouse) -> None:
    events = [play(), play(), visit(), play(ts=TS + 1, userId="9")]
    warehouse.put("log", "2018/11/a.json", events)
    warehouse.put("song", "A/B/a.json", [song(), song(song_id="SO2")])
    result = warehouse.load()
    log, catalogue = warehouse.ledger()
    assert log["uri"] == warehouse.uri("log", "2018/11/a.json")
    assert catalogue["uri"] == warehouse.uri("song", "A/B/a.json")
    assert log["size_bytes"] == len(json_lines(events))
    assert [log[name] for name in _ACCOUNTS] == [4, 4, 0, 2, 1, 1, 0]
    assert [catalogue[name] for name in _ACCOUNTS] == [2, 2, 0, 0, 0, 0, 0]
    assert {log["run_id"], catalogue["run_id"]} == {result.run_id}
    assert (log["feed"], catalogue["feed"]) == ("log", "song")
    assert log["fingerprint"] != catalogue["fingerprint"]


def test_files_with_the_same_counts_keep_what_is_their_own(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "_PORTION", 2)
    counts = [1, 1, 1, 1, 1, 2, 2, 1, 3, 3, 3]
    expected = {}
    for number, records in enumerate(counts):
        title = "x" * (number + 1)  # no two files have the same size
        songs = [song(song_id=f"SO{number}-{place}", title=title) for place in range(records)]
        name = f"{'x' * number}{number:02d}.json"
        warehouse.put("song", name, songs)
        expected[warehouse.uri("song", name)] = (len(json_lines(songs)), records)
    warehouse.put("log", "a.json", [play(), visit()])
    warehouse.load()
    log, *catalogue = warehouse.ledger()
    assert [log[name] for name in _ACCOUNTS] == [2, 2, 0, 1, 0, 1, 0]
    assert {row["uri"]: (row["size_bytes"], row["records_read"]) for row in catalogue} == expected
    assert all(row["records_staged"] == row["records_read"] for row in catalogue)
    assert len({row["file_id"] for row in catalogue}) == len(counts)
    assert len({row["fingerprint"] for row in catalogue}) == len(counts)
    assert warehouse.load().status == "nothing_to_do"


_ACCOUNTS = (
    "records_read",
    "records_staged",
    "records_rejected",
    "plays_inserted",
    "plays_duplicate",
    "not_plays",
    "unknown_keys",
)


def test_ledger_knows_every_run_with_its_sums(warehouse: Warehouse) -> None:
    began = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    warehouse.put("log", "a.json", [play(), play(), visit()])
    warehouse.put("song", "a.json", [song()])
    warehouse.load()
    warehouse.put("log", "b.json", json_lines([play(), play(ts=TS + 1)]) + b"{")
    warehouse.load(max_errors=1)
    first, second = warehouse.runs()
    assert [first[name] for name in _SUMS] == [1, 1, 4, 4, 0, 1, 1]
    assert [second[name] for name in _SUMS] == [1, 0, 3, 2, 1, 1, 1]
    assert (first["version"], first["mode"]) == (__version__, "incremental")
    slack = dt.timedelta(seconds=2)
    assert began - slack < first["started_at"] <= first["finished_at"]
    assert first["finished_at"] <= second["started_at"]


_SUMS = (
    "log_files",
    "song_files",
    "records_read",
    "records_staged",
    "records_rejected",
    "plays_inserted",
    "plays_duplicate",
)


def test_play_that_two_files_hold_is_inserted_for_one_of_them(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    for name in ("a", "b", "c"):
        warehouse.put("log", f"{name}.json", [play(), play(ts=TS + ord(name))])
    result = warehouse.load()
    files = [file for file in warehouse.ledger() if file["feed"] == "log"]
    assert [(file["plays_inserted"], file["plays_duplicate"]) for file in files] == [
        (2, 0),
        (1, 1),
        (1, 1),
    ]
    assert (result.duplicates, result.inserted["songplays"]) == (2, 4)


def test_result_tells_what_was_read_staged_inserted_and_left_out(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    warehouse.put("log", "a.json", json_lines([play(), visit(), play(ts=TS + 1)]) + b"[]\n{}")
    result = warehouse.load(max_errors=2)
    assert result.status == "loaded"
    assert (result.files, result.read, result.staged) == (
        {"log": 1, "song": 1},
        {"log": 5, "song": 1},
        {"log": 3, "song": 1},
    )
    assert result.inserted == {"songplays": 2, "time": 2, "songs": 1, "artists": 1, "users": 1}
    assert (result.rejected, result.duplicates) == (2, 0)
    assert set(result.seconds) >= {"connect", "list", "stage", "publish", "commit", "total"}


def test_strict_load_that_fails_leaves_no_trace(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    warehouse.put("log", "a.json", [play()])
    warehouse.load()
    before = warehouse.snapshot()
    warehouse.put("log", "b.json", json_lines([play(ts=TS + 1), play(userId="9")]) + b"{")
    warehouse.put("song", "b.json", [song(song_id="SO2")])
    for rebuild in (False, True):
        with pytest.raises(DataRejectedError):
            warehouse.load(rebuild=rebuild)
        assert warehouse.snapshot() == before


def test_no_later_load_is_misled_by_what_a_failed_one_has_staged(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    warehouse.put("log", "a.json", json_lines([play(), play(ts=TS + 1)]) + b"{")
    with pytest.raises(DataRejectedError):
        warehouse.load()
    warehouse.put("log", "a.json", [play(ts=TS + 2)])
    warehouse.load()
    assert len(warehouse.star()["songplays"]) == 1
    assert warehouse.rows("SELECT ts FROM staging_events") == [(TS + 2,)]


def test_file_whose_records_were_left_out_is_not_read_again(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    warehouse.put("log", "a.json", json_lines([play()]) + b"{")
    warehouse.load(max_errors=1)
    assert warehouse.load().status == "nothing_to_do"
    with pytest.raises(DataRejectedError):
        warehouse.load(rebuild=True)


def test_version_of_a_file_that_comes_back_is_known(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    warehouse.put("log", "a.json", [play()])
    warehouse.put("log", "b.json", [play(ts=TS + 1)])
    warehouse.load()
    warehouse.remove("log", "a.json")
    assert warehouse.load().status == "nothing_to_do"
    assert len(warehouse.star()["songplays"]) == 2


def test_unknown_keys_are_counted_once_for_each_file(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song(), song(genre="pop")])
    warehouse.put("log", "a.json", [play(mood=1), play(mood=2, ts=TS + 1, tempo=None)])
    warehouse.put("log", "b.json", [play()])
    result = warehouse.load()
    assert result.drifted_files == 2
    assert [file["unknown_keys"] for file in warehouse.ledger()] == [2, 0, 1]


def test_rejects_of_a_load_are_numbered_and_name_their_file(warehouse: Warehouse) -> None:
    warehouse.put("log", "a.json", json_lines([play()]) + b"{}\n[]")
    warehouse.put("song", "a.json", json_lines([song(), song(year="old")]))
    result = warehouse.load(max_errors=3)
    rejects = warehouse.rejects()
    assert [reject["reject_number"] for reject in rejects] == [1, 2, 3]
    assert {reject["run_id"] for reject in rejects} == {result.run_id}
    by_id = {file["file_id"]: file["uri"] for file in warehouse.ledger()}
    assert [by_id[reject["file_id"]] for reject in rejects] == [row["uri"] for row in rejects]
    last = rejects[-1]
    assert (last["line_number"], last["column_name"], last["reason"]) == (2, "year", "bad_type")
    assert '"old"' in last["detail"]
    assert '"SOGOTTABE"' in last["raw_text"]


def test_rejects_of_earlier_loads_are_kept(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    for name in ("a", "b"):
        warehouse.put("log", f"{name}.json", b"{}")
        warehouse.load(max_errors=1)
    assert len({reject["run_id"] for reject in warehouse.rejects()}) == 2


def test_rebuild_keeps_the_rejects_of_its_own_run_alone(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    warehouse.put("log", "a.json", json_lines([play()]) + b"{}")
    warehouse.load(max_errors=1)
    result = warehouse.load(max_errors=1, rebuild=True)
    assert [reject["run_id"] for reject in warehouse.rejects()] == [result.run_id]
    assert [run["run_id"] for run in warehouse.runs()] == [result.run_id]


def test_file_that_both_feeds_offer_is_known_to_each_of_them(warehouse: Warehouse) -> None:
    both = {**play(), **song()}
    warehouse.put("log", "a.json", [both])
    result = warehouse.load(song_data=warehouse.place("log"))
    assert result.files == {"log": 1, "song": 1}
    assert [file["feed"] for file in warehouse.ledger()] == ["log", "song"]
    assert warehouse.load(song_data=warehouse.place("log")).status == "nothing_to_do"


def test_progress_is_told_of_the_steps_in_their_order(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    warehouse.put("log", "a.json", [play()])
    steps: list[str] = []
    warehouse.load(progress=lambda step, count=0: steps.append(step))
    assert steps[0] == "list files"
    assert steps[-1] == "commit"
    assert any("songplays" in step for step in steps)
