"""What is joined while the folders are walked is what the files hold, each under its own number."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sparkify_dwh.errors import SparkifyError, SpoolError
from sparkify_dwh.feeds.record_line import FILE_TAG
from sparkify_dwh.helper_process import unpacked
from sparkify_dwh.load import load
from sparkify_dwh.sources import second_lister
from sparkify_dwh.sources.folder_walk import FolderWalk, fingerprint
from sparkify_dwh.sources.local_folder import list_folder, listing_of, walk_through
from sparkify_dwh.staging import head_start as ahead
from sparkify_dwh.staging import joined_walk as module
from sparkify_dwh.staging.head_start import HeadStart, JoinedAhead
from sparkify_dwh.staging.joined_walk import JoiningWalk, SecondJoiner
from sparkify_dwh.staging.spool_folder import SpoolFolder
from sparkify_dwh.staging.tiny import FILES_OPEN_AT_ONCE, TINY_BYTES
from sparkify_dwh.staging.verdict import StagedFile
from tests.load.cores import needs_two_cores
from tests.load.records import play, song
from tests.load.warehouse import DuckDBWarehouse, json_lines

#: A record that just fits in what is read at once, one that does not, and one too large.
AT_ONCE, IN_TWO, LARGE = (
    b'{"a":"%b"}' % (b"x" * (size - 8)) for size in (module._READ_BYTES, TINY_BYTES, TINY_BYTES + 1)
)
#: By name, contents that are joined, and those that are left to who loads them.
GOOD = {
    "a.json": b'{"a":1}',
    "b.json": b'  {"a":2}\r\n',
    "c.json": b'{"a":"\\u00e9 \xc3\xa9","b":{}}\n',
    "d at once.json": AT_ONCE,
    "e.json": IN_TWO,
}
OTHERS = {
    "f two.json": b'{"a":1}\n{"a":2}\n',
    "g pretty.json": b'{\n"a":1\n}',
    "h comma.json": b'{"a":1,}',
    "i bom.json": b'\xef\xbb\xbf{"a":1}',
    "j.json": b"nothing",
    "k.json.gz": gzip.compress(b'{"a":1}'),
    "l.jsonl": b'{"a":3}',
    "m.json": LARGE,
}
PASSED_OVER = {"n.json": b"", ".o.json": b"{}", "_p.json": b"{}", "q.txt": b"{}"}
FOLDERS = ("A/A", "A/B", "A-B", "B", "C/new\nline", "D", "E/ünï", "F")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders with all of these files, enough for two processes."""
    monkeypatch.setattr(second_lister, "FILES_WORTH_A_PROCESS", 20)
    monkeypatch.setattr(second_lister, "is_worthwhile", lambda: True)
    monkeypatch.setattr(ahead, "is_worthwhile", lambda: True)
    root = tmp_path / "songs"
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_bytes(b'{"a":"elsewhere"}')
    for folder in FOLDERS:
        path = root / folder
        path.mkdir(parents=True)
        for name, content in {**GOOD, **OTHERS, **PASSED_OVER}.items():
            (path / name).write_bytes(content)
        (path / "r link.json").symlink_to(elsewhere)
        (path / "s gone.json").symlink_to(path / "nothing there")
        os.mkfifo(path / "t pipe.json")
    return root


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


def walked(root: Path, target: Path) -> JoiningWalk:
    walk = JoiningWalk.below(str(root), target=target)
    for _ in walk_through(walk, SecondJoiner(target / "second")):
        pass
    return walk


def tagged_lines(path: str) -> Iterator[tuple[int, bytes]]:
    beginning = f'{{"{FILE_TAG}":'.encode()
    for line in Path(path).read_bytes().splitlines():
        tag, _, rest = line.removeprefix(beginning).partition(b",")
        yield int(tag), b"{" + rest


@pytest.mark.parametrize("settled", [True, False])
@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=needs_two_cores)])
def test_each_record_stands_under_the_place_of_its_file(
    root: Path, target: Path, monkeypatch: pytest.MonkeyPatch, settled: bool, processes: int
) -> None:
    if settled:
        monkeypatch.setattr(module, "_SETTLED_SECONDS", -3600)
    if processes == 1:
        monkeypatch.setattr(second_lister, "FILES_WORTH_A_PROCESS", 10_000)
    parts = walked(root, target).outcome()
    assert len(parts) == processes
    seen: dict[str, bytes] = {}
    left: list[str] = []
    passed_over = 0
    for part in parts:
        (found, reasons), paths, others = unpacked(part)
        names = [f"{folder}/{name}" for folder, names, *_ in found for name in names]
        passed_over += sum(reasons.values())
        left += (names[place - 1] for place in others)
        for path in paths:
            for place, line in tagged_lines(path):
                assert seen.setdefault(names[place - 1], line) is line, "once"
    assert len(seen) == len(FOLDERS) * len(GOOD)
    for name, line in seen.items():
        assert line == Path(name).read_bytes().strip()
    assert len(left) == len(FOLDERS) * (len(OTHERS) + 1)
    assert {Path(name).name for name in left} == {*OTHERS, "r link.json"}
    assert passed_over == len(FOLDERS) * (len(PASSED_OVER) + 2)


def test_what_is_found_is_what_a_listing_has(root: Path, target: Path) -> None:
    parts = walked(root, target).outcome()
    walk = FolderWalk([], seen=None)
    for part in parts:
        walk.take(*unpacked(part)[0])
    assert listing_of(str(root), walk) == list_folder(str(root))


@pytest.mark.parametrize("was_settled", [True, False])
@pytest.mark.parametrize(
    ("call", "moment", "is_joined"),
    [(1, "before", True), (1, "behind", False), (2, "before", False), (2, "behind", True)],
)
def test_record_is_of_the_version_that_was_noted(
    root: Path,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: int,
    moment: str,
    was_settled: bool,
    is_joined: bool,
) -> None:
    """A file changes while its status is asked, before it is told or behind that."""
    name, fstat, calls = root / "A/A/a.json", os.fstat, []
    inode = name.stat().st_ino
    contents = {fingerprint(name.stat()): name.read_bytes()}

    def change() -> None:
        time.sleep(0.02)  # a tick of the file system's clock
        name.write_bytes(b'{"a":9}')
        contents[fingerprint(name.stat())] = name.read_bytes()

    def changes(descriptor: int) -> os.stat_result:
        status = fstat(descriptor)
        if status.st_ino == inode:
            calls.append(call)
            if len(calls) == call:
                change()
                return fstat(descriptor) if moment == "before" else status
        return status

    if was_settled:
        monkeypatch.setattr(module, "_SETTLED_SECONDS", time.time() - name.stat().st_ctime - 0.01)
        time.sleep(0.03)
    monkeypatch.setattr(second_lister, "FILES_WORTH_A_PROCESS", 10_000)
    monkeypatch.setattr(os, "fstat", changes)
    (part,) = walked(root, target).outcome()
    (found, _), (path,), others = unpacked(part)
    files = [
        (f"{folder}/{file}", version)
        for folder, names, _, versions in found
        for file, version in zip(names, versions, strict=True)
    ]
    place = [file for file, _ in files].index(str(name)) + 1
    line = dict(tagged_lines(path)).get(place)
    assert (line is None) is (place in others)
    if line is not None:
        assert line == contents[files[place - 1][1]]
    if not was_settled:
        assert (line is not None) is is_joined


def test_files_that_are_no_records_are_soon_left_alone(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ON_TRIAL", 20)
    for number in range(100):
        path = tmp_path / "logs" / f"{number // 10}" / f"{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'{"a":1}\n{"a":2}\n')
    walk = walked(tmp_path / "logs", target)
    assert walk._read_files == 20
    (part,) = walk.outcome()
    assert unpacked(part)[1:] == ([], [*range(1, 101)])


def test_large_folder_is_left_to_two_processes(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_OF_A_FOLDER", FILES_OPEN_AT_ONCE)
    for folder, files in {"small": FILES_OPEN_AT_ONCE, "smell": FILES_OPEN_AT_ONCE + 1}.items():
        (tmp_path / "songs" / folder).mkdir(parents=True)
        for number in range(files):
            (tmp_path / "songs" / folder / f"{number:04d}.json").write_bytes(b'{"a":1}')
    (part,) = walked(tmp_path / "songs", target).outcome()
    _, (path,), others = unpacked(part)
    assert [place for place, _ in tagged_lines(path)] == [*range(1, FILES_OPEN_AT_ONCE + 1)]
    assert others == [*range(FILES_OPEN_AT_ONCE + 1, 2 * FILES_OPEN_AT_ONCE + 2)]


def begun(root: Path, head_start: HeadStart, *, rebuild: bool = False) -> list[StagedFile]:
    """Begin with the songs, and return the files of the listing, numbered."""
    log = root.with_name("logs")
    log.mkdir(exist_ok=True)
    warehouse = root.with_name("sparkify.duckdb")
    head_start.begin(
        database_url=f"duckdb:///{warehouse}",
        log_data=str(log),
        song_data=str(root),
        rebuild=rebuild,
    )
    listing = head_start.listing(str(root))
    assert listing == list_folder(str(root))
    assert listing is not None
    return [StagedFile(file, number) for number, file in enumerate(listing.files, start=11)]


def test_load_is_told_of_all_files_that_it_has_listed(root: Path) -> None:
    with HeadStart() as head_start:
        files = begun(root, head_start)
        joined = head_start.joined(files)
        assert joined is not None
        contents = {staged.file_id: staged.file.path for staged in files}
        tags = {
            before + tag: line for path, before in joined.paths for tag, line in tagged_lines(path)
        }
        assert {*contents} == {*tags} | joined.others
        assert not joined.others.intersection(tags)
        for file_id, line in tags.items():
            assert line == Path(str(contents[file_id])).read_bytes().strip()
        assert head_start.joined(files[:-1]) is None
        assert head_start.joined(files[1:]) is None
        assert head_start.joined([]) is None
        same = list_folder(str(root)).files
        assert head_start.joined([StagedFile(file, n) for n, file in enumerate(same, 11)])
        others = [StagedFile(file, n) for n, file in enumerate(reversed(same), 11)]
        assert head_start.joined(others) is None
        folder = Path(joined.paths[0][0]).parent
        assert folder.exists()
    assert not folder.exists()


def test_nothing_is_told_where_the_order_is_another(root: Path) -> None:
    """Files lie beside folders: by their URIs they come between those in the folders."""
    (root / "Ca.json").write_bytes(b'{"a":1}')
    with HeadStart() as head_start:
        assert head_start.joined(begun(root, head_start)) is None


@pytest.mark.parametrize(
    ("size", "rebuild", "is_joined"),
    [(0, False, True), (2**20, False, True), (2**20 + 1, False, False), (2**24, True, True)],
)
def test_files_are_joined_where_none_can_be_loaded_already(
    root: Path, size: int, rebuild: bool, is_joined: bool
) -> None:
    root.with_name("sparkify.duckdb").write_bytes(bytes(size))
    with HeadStart() as head_start:
        joined = head_start.joined(begun(root, head_start, rebuild=rebuild))
        assert (joined is not None) is is_joined


class NoFolder:
    """A folder that somebody has taken away."""

    path = Path("/no/such/folder")

    def remove(self) -> None:
        pass


def test_process_that_cannot_write_is_not_missed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "SpoolFolder", NoFolder)
    log = root.with_name("logs")
    log.mkdir()
    with HeadStart() as head_start:
        head_start.begin(
            database_url="duckdb:///none", log_data=str(log), song_data=str(root), rebuild=False
        )
        assert head_start.listing(str(root)) is None
        files = [StagedFile(file, n) for n, file in enumerate(list_folder(str(root)).files, 1)]
        assert head_start.joined(files) is None


def test_nothing_is_begun_without_a_place_for_it(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SpoolFolder, "__init__", no_place)
    with HeadStart() as head_start:
        head_start.begin(
            database_url="duckdb:///none", log_data=str(root), song_data=str(root), rebuild=False
        )
        assert head_start._process is None
        assert head_start.listing(str(root)) is None


def no_place(self: object) -> None:
    raise SpoolError("the temporary folder cannot be used")


@pytest.mark.parametrize("with_other_keys", [False, True])
def test_load_is_the_same(
    duckdb_warehouse: DuckDBWarehouse,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    with_other_keys: bool,
) -> None:
    """Joined ahead or not: songs of several folders, some in odd files, after some log files.

    With other keys in them records are not scanned strictly, but probed and scanned.
    """
    for number in range(60):
        records = [song(song_id=f"SO{number}", title=f"Title {number}")]
        if number % 7 == 3:
            records.append(song(song_id=f"SO{number}b", title=f"Other {number}"))
        duckdb_warehouse.put("song", f"{'ABC'[number % 3]}/{number:02d}.json", records)
    duckdb_warehouse.put("song", "B/wrong.json", b"no record")
    if with_other_keys:
        good, bad = (
            json_lines([song(song_id=f"SO {name}", extra=[1])]) for name in ("good", "bad")
        )
        duckdb_warehouse.put("song", "A/good.json", good)
        duckdb_warehouse.put("song", "B/bad.json", bad.replace(b"[1]", b"[1,]"))
    duckdb_warehouse.put("log", "a.json", [play()])
    duckdb_warehouse.put("log", "b.json", [play(ts=1541106106796)])
    place = {name: duckdb_warehouse.place(name) for name in ("log", "song")}
    states = []
    for begins in (True, False):
        with HeadStart() as head_start:
            if begins:
                head_start.begin(
                    database_url=duckdb_warehouse.url,
                    log_data=place["log"],
                    song_data=place["song"],
                    rebuild=True,
                )
            done: list[JoinedAhead | None] = []
            joined = head_start.joined

            def spied(files: Sequence[StagedFile]) -> JoinedAhead | None:
                done.append(joined(files))  # noqa: B023 - called before the next one is made
                return done[-1]  # noqa: B023

            monkeypatch.setattr(head_start, "joined", spied)
            result = load(
                duckdb_warehouse.settings(), max_errors=2, rebuild=True, head_start=head_start
            )
        assert [found is not None for found in done] == [False, begins]
        assert result.inserted["songs"] == 69 + with_other_keys
        assert result.rejected == 1 + with_other_keys
        state = duckdb_warehouse.state()
        of_files = [
            {name: value for name, value in row.items() if name not in ("file_id", "run_id")}
            for row in state.files
        ]
        assert len(of_files) == 63 + 2 * with_other_keys
        drifted = {row["uri"].rpartition("/")[2] for row in of_files if row["unknown_keys"]}
        assert drifted == ({"good.json"} if with_other_keys else set())
        states.append((state.star, of_files, [row["raw_text"] for row in state.rejects]))
    assert states[0] == states[1]


def test_walk_fails_as_a_listing_does(target: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(SparkifyError, match="cannot be listed"):
        walked(gone, target)
