"""The other experiments: tiny files, one more day, growth, no-op, memory, generator, start-up."""

import itertools
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contestants import CONTESTANTS, clear, library_variables, load_command
from benchmarks.environments import DUCKDB, LIBRARY, variables
from benchmarks.measure import Cost, paired_ratio, run, summarise
from benchmarks.sizes import DAY_EVENTS, SIZES, Data, Size, next_day, prepare
from benchmarks.touched_memory import touched_memory

#: How many song objects the tiny-files experiment has, and the events beside them.
TINY_FILES = (15_000, 100_000, 300_000)
FEW_EVENTS = 2_000
#: How many files the ledger knows in the no-op experiment.
KNOWN_FILES = (100, 10_000)
#: With how many plays growth begins to be compared.
LARGE_PLAYS = 1_000_000
MEMORY_LIMITS_MB = (256, 512, 1024)


@dataclass(frozen=True, slots=True)
class Bench:
    """Where and how often to measure."""

    cache: Path
    runs: int
    sizes: tuple[Size, ...]

    @property
    def warehouse(self) -> Path:
        """The warehouse that is loaded into."""
        folder = self.cache / "warehouses"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "experiment.duckdb"

    def fresh(self) -> Path:
        """Return the warehouse, empty and at head."""
        CONTESTANTS["sparkify"].prepare(self.warehouse, self.cache)
        return self.warehouse

    def python(self) -> Path:
        """Return the Python that has what the library requires."""
        return LIBRARY.python(self.cache)

    def load(self, data: Data, *flags: str, url_suffix: str = "") -> Cost:
        """Load with the library into the warehouse as it is."""
        command = load_command(self.python(), data, self.warehouse, "--no-keep-staging", *flags)
        command = [f"{word}{url_suffix}" if "duckdb:///" in str(word) else word for word in command]
        return run(command, variables=library_variables(), folder=self.warehouse.parent)

    def repeat(self, once: Callable[[], Cost]) -> dict[str, float]:
        """Measure several times."""
        return summarise([once() for _ in range(self.runs)]).as_json()


def tiny_files(bench: Bench) -> dict[str, Any]:
    """Load so many songs from a file each, and from one file, in turns."""
    rows = []
    for songs in TINY_FILES:
        each = prepare(Size("tiny", FEW_EVENTS, songs), bench.cache)
        joined = prepare(Size("joined", FEW_EVENTS, songs, songs_per_file=songs), bench.cache)
        costs: dict[str, list[Cost]] = {"each": [], "joined": []}
        for data in (each, joined):
            data.warm()
        for _ in range(bench.runs):
            for name, data in (("each", each), ("joined", joined)):
                bench.fresh()
                costs[name].append(bench.load(data))
                _say("tiny", f"{songs} {name}", costs[name][-1])
        rows.append(
            {
                "songs": songs,
                "each": summarise(costs["each"]).as_json(),
                "joined": summarise(costs["joined"]).as_json(),
            }
        )
    return {"experiment": "tiny", "rows": rows}


def growth(bench: Bench) -> dict[str, Any]:
    """Load one new day into warehouses of growing size, in turns; all know the same catalogue.

    A size has as many plays here as it has events elsewhere.
    """
    sizes = [_in_plays(size, bench.sizes[-1].songs) for size in bench.sizes]
    largest = prepare(sizes[-1], bench.cache)
    # Whatever the warehouse holds, the day is the same one, later than all others.
    day = prepare(next_day(sizes[-1], largest), bench.cache)
    bases: list[tuple[Path, dict[str, Any]]] = []
    for size in (_catalogue(sizes[-1]), *sizes):
        data = prepare(size, bench.cache)
        base = bench.warehouse.with_name(f"base-{size.name}.duckdb")
        bench.fresh()
        cost = bench.load(Data(_linked(bench.cache, data, largest), data.summary))
        _say("growth", f"full load of {size.name}", cost)
        bench.warehouse.replace(base)
        row = {
            "plays": data.summary["plays"] if size.events > 1 else 0,
            "full_load_wall": round(cost.wall, 4),
            "full_load_peak_mb": round(cost.peak_mb, 4),
        }
        bases.append((base, row))
    new_day = Data(_linked(bench.cache, day, largest), day.summary)
    new_day.warm()
    costs: dict[Path, list[Cost]] = {base: [] for base, _ in bases}
    for _ in range(bench.runs):
        for base, found in costs.items():
            clear(bench.warehouse)
            _copy_to_disk(base, bench.warehouse)
            found.append(bench.load(new_day))
            _say("growth", base.name, found[-1])
    rows = []
    large = (base for base in bases if base[1]["plays"] >= LARGE_PLAYS)
    compared, compared_row = next(large, bases[-1])
    for base, row in bases:
        base.unlink()
        times = round(paired_ratio(costs[base], costs[compared]), 3)
        rows.append({**row, "day": summarise(costs[base]).as_json(), "times": times})
    return {
        "experiment": "growth",
        "day_events": DAY_EVENTS,
        "compared_with": compared_row["plays"],
        "rows": rows,
    }


def _copy_to_disk(source: Path, target: Path) -> None:
    """Copy a file, and wait until it is written: whoever syncs it next would wait for that."""
    shutil.copyfile(source, target)
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def one_day(bench: Bench) -> dict[str, Any]:
    """Load everything, one more day on top of it, and that day without it, in turns."""
    rows = []
    for size in bench.sizes:
        full = prepare(size, bench.cache)
        catalogue = prepare(_catalogue(size), bench.cache)
        day = prepare(next_day(size, full), bench.cache)
        costs: dict[str, list[Cost]] = {"full": [], "day": [], "day_alone": []}
        for data in (full, day):
            data.warm()
        for _ in range(bench.runs):
            for known, name in ((full, "day"), (catalogue, "day_alone")):
                bench.fresh()
                cost = bench.load(Data(_linked(bench.cache, known, full), known.summary))
                if known is full:
                    costs["full"].append(cost)
                costs[name].append(bench.load(Data(_linked(bench.cache, day, full), day.summary)))
                _say("day", f"{size.name} {name}", costs[name][-1])
        rows.append(
            {
                "size": size.name,
                **{name: summarise(found).as_json() for name, found in costs.items()},
                "of_full": round(paired_ratio(costs["day"], costs["full"]), 3),
                "of_alone": round(paired_ratio(costs["day"], costs["day_alone"]), 3),
            }
        )
    return {"experiment": "day", "day_events": DAY_EVENTS, "rows": rows}


def _in_plays(size: Size, songs: int) -> Size:
    """Return a size that has as many plays as the given one has events."""
    # Of the generator's events 82.6 to 83.2 percent are plays.
    return Size(size.name, round(size.events * 1.211), songs)


def _catalogue(size: Size) -> Size:
    """Return the songs of a size, and no more events than there have to be."""
    return Size("none", 1, size.songs)


def _linked(cache: Path, events: Data, songs: Data) -> Path:
    """Return a folder with links to the events and to the songs, always the same one."""
    folder = cache / "data" / "linked"
    folder.mkdir(exist_ok=True)
    for name, target in (("log_data", events.log_data), ("song_data", songs.song_data)):
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    return folder


def no_op(bench: Bench) -> dict[str, Any]:
    """Load again when every file is known."""
    rows = []
    for files in KNOWN_FILES:
        data = prepare(Size("known", 20_000, files - 30, days=30), bench.cache)
        bench.fresh()
        bench.load(data)

        def once(data: Data = data) -> Cost:
            return bench.load(data)

        rows.append({"files": data.summary["files"], **bench.repeat(once)})
    return {"experiment": "noop", "rows": rows}


def memory(bench: Bench) -> dict[str, Any]:
    """Load with limits on DuckDB's memory, and without one."""
    rows = []
    for size in bench.sizes:
        data = prepare(size, bench.cache)
        for limit in (None, *MEMORY_LIMITS_MB):
            suffix = "" if limit is None else f"?memory_limit={limit}MB"

            def once(data: Data = data, suffix: str = suffix) -> Cost:
                bench.fresh()
                cost = bench.load(data, url_suffix=suffix)
                _say("memory", suffix, cost)
                return cost

            rows.append({"size": size.name, "limit_mb": limit, **bench.repeat(once)})
    return {"experiment": "memory", "rows": rows}


def generator(bench: Bench) -> dict[str, Any]:
    """Generate each size anew, with its song files and with all songs in one file."""
    # A folder for each run, none removed in between: a file system that has just deleted thousands
    # of files can take longer to make others than the generator takes.
    out = bench.cache / "data" / "generated-to-be-measured"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    folders = (out / str(number) for number in itertools.count(1))
    command = [LIBRARY.python(bench.cache), "-m", "sparkify_dwh.sample"]
    ways = [
        (size, files, ["--events", size.events, "--songs", size.songs, "--songs-per-file", songs])
        for size in bench.sizes
        for files, songs in ((size.songs, 1), (1, size.songs))
    ]
    costs: list[list[Cost]] = [[] for _ in ways]
    with touched_memory(out):
        for _ in range(bench.runs):
            for (_, _, options), so_far in zip(ways, costs, strict=True):
                words = [*command, next(folders), *map(str, options)]
                os.sync()  # what the run before has left to be written does not strike this one
                so_far.append(run(words, variables=library_variables()))
    shutil.rmtree(out, ignore_errors=True)
    rows = []
    for (size, files, _), measured in zip(ways, costs, strict=True):
        summary = summarise(measured)
        rate = round(size.events / summary.wall)
        row = {"size": size.name, "song_files": files, "events_per_second": rate}
        rows.append({**row, **summary.as_json()})
    return {"experiment": "generator", "rows": rows}


def tiny_objects(bench: Bench) -> dict[str, Any]:
    """Load so many songs from an S3, an object each."""
    # Only now: the tests' S3 is not there where the test requirements are not installed.
    from benchmarks.s3 import tiny_objects as measure

    return measure(bench)


def queries(bench: Bench) -> dict[str, Any]:
    """Ask everything of ten million plays."""
    # Only now: it imports the library, which the other experiments start in processes only.
    from benchmarks.queries import measure

    return measure(bench.cache, runs=bench.runs)


def start_up(bench: Bench) -> dict[str, Any]:
    """Start Python, import the package and its parts, and print the help."""
    library, duckdb = LIBRARY.python(bench.cache), DUCKDB.python(bench.cache)
    ours = library_variables()
    commands = {
        "python -c pass": ([library, "-c", "pass"], ours),
        "import duckdb": ([duckdb, "-c", "import duckdb"], variables()),
        "import sqlalchemy": ([library, "-c", "import sqlalchemy"], ours),
        "import sparkify_dwh": ([library, "-c", "import sparkify_dwh"], ours),
        "from sparkify_dwh.load import load": (
            [library, "-c", "from sparkify_dwh.load import load"],
            ours,
        ),
        "python -m sparkify_dwh.load --help": (
            [library, "-m", "sparkify_dwh.load", "--help"],
            ours,
        ),
    }
    rows = []
    for name, (command, environment) in commands.items():
        run(command, variables=environment)  # writes the byte code

        def once(
            command: list[str | Path] = command, environment: dict[str, str] = environment
        ) -> Cost:
            return run(command, variables=environment)

        rows.append({"command": name, **bench.repeat(once)})
    return {"experiment": "startup", "rows": rows}


EXPERIMENTS: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "tiny": tiny_files,
    "s3": tiny_objects,
    "day": one_day,
    "growth": growth,
    "noop": no_op,
    "memory": memory,
    "generator": generator,
    "startup": start_up,
    "queries": queries,
}


def bench_of(cache: Path, runs: int, sizes: list[str]) -> Bench:
    """Return where and how often to measure, the sizes from small to large."""
    chosen = sorted((SIZES[name] for name in sizes), key=lambda size: size.events)
    return Bench(cache, runs, tuple(chosen))


def _say(experiment: str, what: str, cost: Cost) -> None:
    print(f"{experiment} {what} {cost}", file=sys.stderr)
