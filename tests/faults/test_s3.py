"""S3 on a bad day: one clear line and nothing changed, or as if nothing had been."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sparkify_dwh.errors import SourceError
from tests.load.records import TS, play
from tests.load.warehouse import json_lines
from tests.standin.s3 import LocalS3

from .children import Child, limited_command_in
from .faulty_s3 import Fault, FaultyS3
from .scene import MAX_ERRORS, Copy, Scene, later_files
from .test_signals import arguments

BUCKET = "fault-bucket"

#: Larger than what is kept in memory.
LARGE = [play(ts=TS + number, itemInSession=number) for number in range(1200)]


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as local:
        local.create_bucket(BUCKET)
        yield local


@pytest.fixture(scope="module")
def proxy(s3: LocalS3) -> Iterator[FaultyS3]:
    with FaultyS3(s3.endpoint) as front, pytest.MonkeyPatch.context() as patch:
        for name, value in s3.environment().items():
            patch.setenv(name, value)
        for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
            patch.setenv(name, front.endpoint)
        yield front


class Case:
    """A prefix of its own with the files of the scene, and a fault that it meets."""

    def __init__(self, scene: Scene, s3: LocalS3, name: str, *, large: bool = False) -> None:
        self.name = name
        self.expected = {table: scene.after[table] for table in ("songplays", "users", "songs")}
        self.before = scene.before
        self.warehouse: Copy = scene.copy()
        for feed, file, content in later_files():
            body = content if isinstance(content, bytes) else json_lines(content)
            s3.put(BUCKET, f"{name}/{feed}_data/{file}", body)
        if large:
            s3.put(BUCKET, f"{name}/log_data/large.json", json_lines(LARGE))

    def load(self):
        return self.warehouse.load(
            max_errors=MAX_ERRORS,
            log_data=f"s3://{BUCKET}/{self.name}/log_data/",
            song_data=f"s3://{BUCKET}/{self.name}/song_data/",
        )

    def assert_nothing_happened(self) -> None:
        assert self.warehouse.content() == self.before

    def assert_loaded(self) -> None:
        star = self.warehouse.star()
        assert {table: star[table] for table in self.expected} == self.expected


#: Each answer to every request, and what the load says of it.
ANSWERS = {
    403: "permission denied",
    404: "NoSuchKey|vanished|404|not found",
    429: "429 TooManyRequests|429",
    503: "503 SlowDown|503",
    "reset": "cannot be (read|listed)",
    "truncated": "cannot be (read|listed)",
    "short": "listed with|cannot be (read|listed)",
    "long": "listed with|cannot be (read|listed)",
}


@pytest.mark.slow
def test_every_request_fails(scene: Scene, s3: LocalS3, proxy: FaultyS3) -> None:
    """All kinds at once, for each of them waits some seconds between its attempts."""

    def visit(fault: Fault) -> None:
        case = Case(scene, s3, fault.word)
        with pytest.raises(SourceError) as caught:
            case.load()
        cause = caught.value.cause
        assert caught.match(ANSWERS[fault.kind]), (fault, str(caught.value))
        assert "\n" not in cause
        assert f"s3://{BUCKET}/{fault.word}/" in cause
        assert len(cause) < 500
        assert fault.happened
        case.assert_nothing_happened()
        proxy.faults.remove(fault)
        case.load()
        case.assert_loaded()
        assert case.load().status == "nothing_to_do"

    faults = [
        Fault(f"{on}-{kind}", kind, on)
        for on in ("list", "get")
        for kind in ANSWERS
        # A list that is told too short or too long is no XML; one kind of that is enough.
        if not (on == "list" and kind in ("long", "short"))
    ]
    proxy.faults.extend(faults)
    with ThreadPoolExecutor(len(faults)) as pool:
        list(pool.map(visit, faults))


@pytest.mark.parametrize(
    ("on", "kind"), [("list", 429), ("list", "reset"), ("get", 503), ("get", "reset")]
)
def test_what_passes_is_waited_for(
    kind: int | str, on: str, scene: Scene, s3: LocalS3, proxy: FaultyS3
) -> None:
    case = Case(scene, s3, f"passing-{on}-{kind}")
    fault = Fault(case.name, kind, on, times=2)
    proxy.faults.append(fault)
    assert case.load().status == "loaded"
    assert fault.happened == 2
    case.assert_loaded()


def test_one_file_of_many_is_cut(scene: Scene, s3: LocalS3, proxy: FaultyS3) -> None:
    """A large one, which is written to the disk piece by piece."""
    case = Case(scene, s3, "large-cut", large=True)
    fault = Fault("large-cut/log_data/large.json", "truncated", "get")
    proxy.faults.append(fault)
    with pytest.raises(SourceError, match=r"large\.json (cannot be read|was listed with)"):
        case.load()
    case.assert_nothing_happened()
    proxy.faults.remove(fault)
    assert case.load().inserted["songplays"] >= len(LARGE)


def test_a_full_disk_is_none_of_the_source(
    scene: Scene, s3: LocalS3, judge, tmp_path: Path
) -> None:
    """While an object is fetched into the spool, which is said to be full, and not S3."""
    case = Case(scene, s3, "full-disk", large=True)
    options = arguments(case.warehouse)
    for place, feed in ((3, "log"), (5, "song")):
        options[place] = f"s3://{BUCKET}/{case.name}/{feed}_data/"
    child = Child(
        tmp_path / "child",
        limited_command_in,
        options,
        file_bytes=65_536,
        environ=s3.environment(),
    )
    end = child.end()
    assert (end.code, end.out) == (1, "")
    cause, advice = end.err.splitlines()
    refused = rf"error: {child.temporary}/\S+ cannot be written to: File too large"
    assert re.fullmatch(refused, cause)
    assert advice == "Make room there, or name another folder in TMPDIR."
    assert child.spools == []
    assert judge(case.warehouse) == "before"
