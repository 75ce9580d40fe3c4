"""Whatever happens to the connection, the warehouse is the one before or the one after."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg2
import pytest

from sparkify_dwh.errors import CopyFailedError, DatabaseError, SourceError
from sparkify_dwh.load import transaction
from tests.load.records import TS, play, song
from tests.redshift_load.warehouse import BUCKET, RedshiftWarehouse
from tests.standin import Fault


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "_FIRST_PAUSE", 0.01)


@pytest.fixture
def last_commit(new_redshift: Callable[[], RedshiftWarehouse]) -> int:
    """How many transactions a load commits: the last one is that which publishes."""
    other = new_redshift()
    other.put("log", "1.json", [play()])
    other.put("song", "1.json", [song()])
    other.server.statements.clear()
    other.load()
    return len(other.statements("^commit"))


@pytest.mark.parametrize(
    ("statement", "when"),
    [
        ("^copy staging_events", "before"),
        ("^copy staging_events", "during"),
        ("^copy staging_songs", "after"),
        ("^lock table", "before"),
        ("^insert into songplays", "after"),
        ("^copy load_files", "during"),
    ],
)
def test_connection_lost_before_commit_changes_nothing(
    filled: RedshiftWarehouse, statement: str, when: str
) -> None:
    before = filled.snapshot()
    filled.server.faults.cut(statement, when=when)
    with pytest.raises(DatabaseError, match="lost before COMMIT, nothing was changed"):
        filled.load()
    assert filled.snapshot() == before
    assert filled.manifests_left() == []
    assert filled.load().inserted["songplays"] == 98


def test_connection_lost_at_commit_that_did_not_happen(
    filled: RedshiftWarehouse, last_commit: int
) -> None:
    before = filled.snapshot()
    filled.server.faults.cut("^commit", nth=last_commit)
    with pytest.raises(DatabaseError, match=r"lost at COMMIT .* nothing was changed"):
        filled.load()
    assert filled.snapshot() == before
    assert filled.load().inserted["songplays"] == 98


def test_connection_lost_after_commit_that_did_happen(
    filled: RedshiftWarehouse, last_commit: int
) -> None:
    filled.server.faults.cut("^commit", when="after", nth=last_commit)
    result = filled.load()
    assert result.inserted["songplays"] == 98
    assert "the load is committed" in result.warnings[0]
    assert result.run_id in [row["run_id"] for row in filled.runs()]
    assert filled.load().status == "nothing_to_do"
    assert filled.manifests_left() == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_connection_lost_at_commit_and_no_other_to_be_had(
    filled: RedshiftWarehouse, last_commit: int, when: str
) -> None:
    """The load says that it does not know; the next one does."""
    faults = filled.server.faults
    faults.cut("^commit", when=when, nth=last_commit)
    refused = faults.add(Fault("cut", "^lock", nth=2, times=99))
    with pytest.raises(DatabaseError, match="may or may not be committed") as caught:
        filled.load()
    assert refused.happened > 1
    faults.clear()
    (known,) = [run["run_id"] for run in filled.runs()][1:] or [None]
    assert (known is not None) == (when == "after")
    assert known is None or known in str(caught.value)
    assert filled.load().status == ("loaded" if when == "before" else "nothing_to_do")
    assert filled.rows("SELECT count(*) FROM songplays") == [(100,)]


def test_connection_lost_at_commit_while_another_load_begins(
    filled: RedshiftWarehouse, last_commit: int
) -> None:
    """Whoever waits for the lock gets it then, and keeps the ledger from being asked."""
    other = psycopg2.connect(filled.server.dsn("awsuser", filled.database))
    is_locked = threading.Event()

    def lock() -> None:
        other.cursor().execute("LOCK TABLE load_files")
        is_locked.set()

    waiting = threading.Thread(target=lock)

    def begin(step: str, count: int = 0, /) -> None:
        if step == "commit":
            waiting.start()

    filled.server.faults.cut("^commit", nth=last_commit)
    try:
        with pytest.raises(DatabaseError, match="may or may not be committed"):
            filled.load(lock_timeout=1, progress=begin)
        assert is_locked.wait(5)
    finally:
        waiting.join()
        other.close()
    assert filled.load().inserted["songplays"] == 98


@pytest.mark.parametrize(
    "fault",
    [
        Fault("serialization", "^insert into songplays"),
        Fault("serialization", "^copy staging_events", times=3),
        Fault("error", "^update users", sqlstate="40001", message="could not serialize"),
        Fault(
            "error",
            "^delete from staging_events",
            message="could not complete because of conflict with concurrent transaction",
        ),
        Fault("error", "^lock", sqlstate="40P01", message="deadlock detected"),
    ],
)
def test_conflict_is_tried_again_as_a_whole(filled: RedshiftWarehouse, fault: Fault) -> None:
    filled.server.faults.add(fault)
    result = filled.load()
    assert fault.happened == fault.times
    assert result.inserted["songplays"] == 98
    assert len(filled.statements("^lock")) == 2 + fault.times


def test_conflict_at_commit_is_tried_again(filled: RedshiftWarehouse, last_commit: int) -> None:
    filled.server.faults.serialization_failure(nth=last_commit)
    assert filled.load().inserted["songplays"] == 98


def test_conflicts_are_not_tried_for_ever(filled: RedshiftWarehouse) -> None:
    before = filled.snapshot()
    fault = filled.server.faults.serialization_failure("^insert into songplays", times=99)
    with pytest.raises(DatabaseError, match="1023"):
        filled.load()
    assert fault.happened == transaction.ATTEMPTS
    assert filled.snapshot() == before


def test_other_errors_are_not_tried_again(filled: RedshiftWarehouse) -> None:
    before = filled.snapshot()
    fault = filled.server.faults.add(Fault("error", "^insert into songplays", times=9))
    with pytest.raises(DatabaseError, match="a fault that a test ordered"):
        filled.load()
    assert fault.happened == 1
    assert filled.snapshot() == before


def test_server_that_refuses_records_is_quoted(filled: RedshiftWarehouse) -> None:
    before = filled.snapshot()
    filled.server.postgres.run(
        "DELETE FROM staging_events; ALTER TABLE staging_events ALTER artist TYPE varchar(5)",
        filled.database,
    )
    with pytest.raises(CopyFailedError) as caught:
        filled.load()
    error = caught.value
    assert error.total == 1
    assert f"{filled.uri('log', '2.json')}, line 1, artist (varchar)" in str(error)
    assert "Des'ree" in str(error)
    assert "length" in str(error)
    assert filled.snapshot() == before
    assert filled.manifests_left() == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"iam_role": "arn:aws:iam::123456789012:role/other"}, "not authorized to assume"),
        ({"aws_region": "eu-west-1"}, "different region"),
    ],
)
def test_copy_that_may_not_read_says_why(
    filled: RedshiftWarehouse, settings: dict[str, str], words: str
) -> None:
    before = filled.snapshot()
    with pytest.raises(CopyFailedError, match=words) as caught:
        filled.load(**settings)
    assert "SPARKIFY_IAM_ROLE" in str(caught.value)
    assert filled.snapshot() == before


def test_object_that_changes_before_copy_fails_the_load(filled: RedshiftWarehouse) -> None:
    before = filled.snapshot()

    def change(step: str, count: int = 0, /) -> None:
        if step == "write manifests":
            filled.put(
                "log", "2.json", [play(ts=TS + number, level="paid") for number in range(100)]
            )

    with pytest.raises(SourceError, match=r"2\.json changed"):
        filled.load(progress=change)
    assert filled.snapshot() == before


def test_object_that_vanishes_before_copy_fails_the_load(filled: RedshiftWarehouse) -> None:
    before = filled.snapshot()

    def remove(step: str, count: int = 0, /) -> None:
        if step == "write manifests":
            filled.remove("song", "2.json")

    with pytest.raises((CopyFailedError, SourceError), match=r"2\.json"):
        filled.load(progress=remove)
    assert filled.snapshot() == before
    assert filled.manifests_left() == []


def test_prefix_that_may_not_be_written_fails_the_load(filled: RedshiftWarehouse) -> None:
    before = filled.snapshot()
    with pytest.raises(SourceError, match="bucket no-such-bucket does not exist"):
        filled.load(manifest_prefix="s3://no-such-bucket/manifests/")
    assert filled.snapshot() == before


def test_manifest_is_gone_after_a_load(filled: RedshiftWarehouse) -> None:
    filled.load()
    listed = filled.s3.client.list_objects_v2(Bucket=BUCKET, Prefix=f"{filled.database}/manifests")
    assert listed["KeyCount"] == 0
