"""What is measured against what: the library, the yardstick, and the peers."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.environments import (
    DBT,
    DLT,
    DUCKDB,
    LIBRARY,
    POLARS,
    POSTGRES,
    ROOT,
    Environment,
    variables,
)
from benchmarks.measure import Cost, run
from benchmarks.sizes import Data

PEERS = Path(__file__).parent / "peers"

#: The contestant that all others are told as a multiple of.
YARDSTICK = "hand_tuned"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A way to the same star.

    ``largest`` is the most events that it is run with, and ``most_events`` those of all its runs
    together: a way that takes a hundred times as long is not waited for, and the table says so.
    """

    name: str
    title: str
    environment: Environment
    largest: int = 100_000_000
    most_events: int | None = None

    def runs(self, events: int) -> int | None:
        """Return how often it loads so many events at most, None for as often as the others."""
        if events > self.largest:
            return 0
        return None if self.most_events is None else max(1, self.most_events // events)

    def prepare(self, warehouse: Path, cache: Path) -> None:
        """Make what has to be there before the load; it is not measured."""
        self.python(cache)
        clear(warehouse)

    def python(self, cache: Path) -> Path:
        """Return the Python of the contestant's environment."""
        return self.environment.python(cache)

    def command(self, data: Data, warehouse: Path, cache: Path) -> list[str | Path]:
        """Return the command that is measured."""
        script = PEERS / f"{self.name}.py"
        return [self.python(cache), script, data.log_data, data.song_data, warehouse]

    def variables(self, data: Data, warehouse: Path) -> dict[str, str]:
        """Return the environment variables of the command."""
        del data, warehouse
        return variables()

    def load(self, data: Data, warehouse: Path, cache: Path) -> Cost:
        """Load once, and return what it took."""
        return run(
            self.command(data, warehouse, cache),
            variables=self.variables(data, warehouse),
            folder=warehouse.parent,
        )

    def digest(self, warehouse: Path, cache: Path) -> dict[str, Any]:
        """Return rows and digest of each table of the star that the last load has made."""
        return digest(warehouse, cache)

    def finish(self, warehouse: Path, cache: Path) -> None:
        """Remove what the load has left."""
        del cache
        clear(warehouse)


@dataclass(frozen=True, slots=True)
class Library(Contestant):
    """The library itself, as its command, on a warehouse that is at head and empty."""

    flags: tuple[str, ...] = ()

    def prepare(self, warehouse: Path, cache: Path) -> None:
        """Copy an empty warehouse that is at head."""
        clear(warehouse)
        template = warehouse.with_name("template.duckdb")
        if not template.exists():
            code = (
                "import sys; from sparkify_dwh.schema import upgrade;"
                " from sparkify_dwh.settings import Settings;"
                " upgrade(Settings.resolve(database_url='duckdb:///' + sys.argv[1]))"
            )
            command = [self.python(cache), "-c", code, template]
            run(command, variables=library_variables(), folder=warehouse.parent)
        shutil.copyfile(template, warehouse)

    def command(self, data: Data, warehouse: Path, cache: Path) -> list[str | Path]:
        """Return the library's own command."""
        return load_command(self.python(cache), data, warehouse, *self.flags)

    def variables(self, data: Data, warehouse: Path) -> dict[str, str]:
        """Return the environment variables that make Python find this checkout."""
        del data, warehouse
        return library_variables()


@dataclass(frozen=True, slots=True)
class Dbt(Contestant):
    """dbt-duckdb: the yardstick's statements as models."""

    def prepare(self, warehouse: Path, cache: Path) -> None:
        """Copy the project, so that dbt writes nothing into the checkout."""
        self.python(cache)
        clear(warehouse)
        project = warehouse.with_name("dbt_project")
        if not project.exists():
            shutil.copytree(PEERS / "dbt_project", project)

    def command(self, data: Data, warehouse: Path, cache: Path) -> list[str | Path]:
        """Return ``dbt run``."""
        del data
        project = warehouse.with_name("dbt_project")
        return [
            self.python(cache).with_name("dbt"),
            "run",
            "--quiet",
            "--project-dir",
            project,
            "--profiles-dir",
            project,
        ]

    def variables(self, data: Data, warehouse: Path) -> dict[str, str]:
        """Return the environment variables that the project reads."""
        return variables(
            BENCH_LOG_DATA=str(data.log_data),
            BENCH_SONG_DATA=str(data.song_data),
            BENCH_WAREHOUSE=str(warehouse),
        )


@dataclass(frozen=True, slots=True)
class Postgres(Contestant):
    """PostgreSQL, with a server of its own that runs before the load begins."""

    def _tool(self, cache: Path, *arguments: str | Path) -> None:
        command = [self.python(cache), PEERS / "postgres_copy.py", *arguments]
        subprocess.run(command, check=True, env=variables(), stdout=subprocess.DEVNULL)

    def prepare(self, warehouse: Path, cache: Path) -> None:
        """Start a server with an empty database."""
        clear(warehouse)
        self._tool(cache, "start", warehouse)

    def load(self, data: Data, warehouse: Path, cache: Path) -> Cost:
        """Load once; what the server took is added."""
        cost = Contestant.load(self, data, warehouse, cache)
        usage = json.loads(Path(f"{warehouse}.usage").read_text())
        return Cost(cost.wall, cost.cpu + usage["cpu"], cost.peak_mb + usage["peak_mb"])

    def digest(self, warehouse: Path, cache: Path) -> dict[str, Any]:
        """Export the star, and digest that."""
        folder = warehouse.with_name("export")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self._tool(cache, "export", warehouse, folder)
        return digest(folder, cache)

    def finish(self, warehouse: Path, cache: Path) -> None:
        """Stop the server and remove its data."""
        self._tool(cache, "stop", warehouse)
        clear(warehouse)


def library_variables() -> dict[str, str]:
    """Return the environment variables under which Python finds this checkout."""
    return variables(PYTHONPATH=str(ROOT))


def load_command(python: Path, data: Data, warehouse: Path, *flags: str) -> list[str | Path]:
    """Return the library's load of some data into a DuckDB file."""
    return [
        python,
        "-m",
        "sparkify_dwh.load",
        "--database-url",
        f"duckdb:///{warehouse}",
        "--log-data",
        data.log_data,
        "--song-data",
        data.song_data,
        *flags,
    ]


def digest(warehouse: Path, cache: Path) -> dict[str, Any]:
    """Return rows and digest of each table, found by a process of its own."""
    command = [DUCKDB.python(cache), PEERS / "digest.py", warehouse]
    done = subprocess.run(command, check=True, env=variables(), stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def clear(warehouse: Path) -> None:
    """Remove a warehouse and what lies beside it."""
    for path in warehouse.parent.glob(f"{warehouse.name}*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


CONTESTANTS = {
    contestant.name: contestant
    for contestant in (
        Contestant(YARDSTICK, "hand-tuned DuckDB script (the yardstick)", DUCKDB),
        Library(
            "sparkify", "sparkify_dwh, --no-keep-staging", LIBRARY, flags=("--no-keep-staging",)
        ),
        Library("sparkify_keep", "sparkify_dwh, as it comes", LIBRARY, flags=("--keep-staging",)),
        Contestant("polars_frames", "polars, written to DuckDB", POLARS, largest=10_000_000),
        Dbt("dbt", "dbt-duckdb", DBT),
        Postgres(
            "postgres_copy",
            "psycopg2 COPY into PostgreSQL",
            POSTGRES,
            largest=2_000_000,
            most_events=10_000_000,
        ),
        Contestant(
            "dlt_pipeline",
            "dlt into DuckDB",
            DLT,
            largest=2_000_000,
            most_events=2_000_000,
        ),
    )
}


def chosen(names: str | None) -> list[Contestant]:
    """Return the contestants of a comma-separated list; names may be cut short.

    ``sparkify`` means both ways of the library, and the yardstick is always there.
    """
    if names is None:
        return list(CONTESTANTS.values())
    wanted = {YARDSTICK}
    for name in names.split(","):
        found = [known for known in CONTESTANTS if known.startswith(name)]
        if not found:
            sys.exit(f"no contestant {name!r}; there are {', '.join(CONTESTANTS)}")
        wanted.update(found)
    return [contestant for name, contestant in CONTESTANTS.items() if name in wanted]
