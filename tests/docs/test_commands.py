"""The commands, SQL and Python of the pages run.

A block marked ``sh`` runs for real, on DuckDB, in a folder that looks like a checkout. One marked
``sh cluster`` needs more than that: its syntax is checked, and that the commands have its options.
"""

import functools
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from sparkify_dwh import schema
from sparkify_dwh.load import load
from sparkify_dwh.sample import sample_path
from sparkify_dwh.settings import Settings
from tests.docs.markdown import PAGES, PROJECT, Block, all_blocks, page_name
from tests.redshift_sql import assert_redshift_sql

#: What the blocks that run may begin a line with, beside our own commands.
SHELL_WORDS = {"cp", "examples/load_once.sh", "export", "mkdir", "mv", "test"}


def commands(block: Block) -> list[list[str]]:
    """The commands of a block as words, settings in front of them left out."""
    lines = (line.strip() for line in block.text.replace("\\\n", " ").splitlines())
    found = []
    for line in lines:
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words:
            found.append(words)
    return found


def is_ours(words: list[str]) -> bool:
    return words[0] == "alembic" or words[:2] == ["python", "-m"]


def is_run(block: Block) -> bool:
    """Whether a block is one of those that run: marked so, and of commands that are ours."""
    return block.info == "sh" and all(
        words[0] in SHELL_WORDS
        or words[0] == "alembic"
        or (words[:2] == ["python", "-m"] and words[2].startswith("sparkify_dwh."))
        for words in commands(block)
    )


#: The blocks of each section run one after the other in one folder.
RUN = sorted(
    {(page, block.section) for page in PAGES for block in all_blocks(page) if is_run(block)}
)
CHECKED = [
    (page, block)
    for page in PAGES
    for block in all_blocks(page)
    if block.info.split()[:1] == ["sh"] and not is_run(block)
]
SQL = [(page, block) for page in PAGES for block in all_blocks(page) if block.info == "sql"]


def title(value: object) -> str:
    return page_name(value) if isinstance(value, Path) else str(getattr(value, "section", value))


def bash(script: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", *options, "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> Path:
    """A DuckDB file with the sample in it, to be copied."""
    folder = tmp_path_factory.mktemp("loaded")
    settings = Settings.resolve(database_url=f"duckdb:///{folder / 'sparkify.duckdb'}")
    schema.upgrade(settings)
    load(settings)
    return folder / "sparkify.duckdb"


@pytest.fixture
def checkout(tmp_path, loaded) -> Path:
    """A folder that looks like a checkout whose warehouse holds the sample."""
    shutil.copy(PROJECT / "alembic.ini", tmp_path)
    shutil.copytree(
        PROJECT / "migrations",
        tmp_path / "migrations",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copytree(PROJECT / "examples", tmp_path / "examples")
    for name in ("log_data", "song_data"):
        (tmp_path / name).symlink_to(sample_path() / name)
    shutil.copy(loaded, tmp_path)
    return tmp_path


def test_most_blocks_run() -> None:
    run = [block for page in PAGES for block in all_blocks(page) if is_run(block)]
    assert len(run) >= 12


@pytest.mark.slow
@pytest.mark.parametrize(("page", "section"), RUN, ids=title)
def test_commands_of_the_section_run(page, section, checkout) -> None:
    for block in all_blocks(page):
        if block.section == section and is_run(block):
            if "examples/load_once.sh" in block.text and shutil.which("flock") is None:
                pytest.skip("there is no flock here")
            done = bash(block.text, checkout)
            assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize(("page", "block"), CHECKED, ids=title)
def test_commands_that_need_a_cluster_exist(page, block, tmp_path) -> None:
    done = bash(block.text, tmp_path, "-n")
    assert done.returncode == 0, done.stderr
    for words in commands(block):
        if not is_ours(words) or words[1:3] == ["-m", "pytest"]:
            continue
        arguments = words[:2] if words[0] == "alembic" else words[:3]
        help_text = help_of(tuple(arguments))
        for option in words[len(arguments) :]:
            if option.startswith("-"):
                assert option.partition("=")[0] in help_text + "--help", option


@functools.cache
def help_of(command: tuple[str, ...]) -> str:
    done = bash(shlex.join([*command, "--help"]), PROJECT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("page", "block"), SQL, ids=title)
def test_sql_runs_on_duckdb_and_is_redshift_sql(page, block, loaded, tmp_path) -> None:
    for statement in block.text.split(";\n"):
        if statement.strip():
            assert_redshift_sql(statement.strip().rstrip(";"))
    if block.text.startswith("SELECT"):
        with duckdb.connect(str(loaded), read_only=True) as connection:
            rows = connection.execute(block.text).fetchall()
            assert rows or "load_rejects" in block.text


@pytest.mark.parametrize(
    ("page", "block"),
    [(page, block) for page in PAGES for block in all_blocks(page) if block.info == "python"],
    ids=title,
)
def test_python_runs(page, block, checkout) -> None:
    done = bash(shlex.join([sys.executable, "-W", "error", "-c", block.text]), checkout)
    assert done.returncode == 0, done.stderr
    assert done.stdout


REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "0900"
down_revision = "{head}"


def upgrade() -> None:
{upgrade}

def downgrade() -> None:
    pass
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "block"),
    [(page, b) for page in PAGES for b in all_blocks(page) if b.info == "python revision"],
    ids=title,
)
def test_operations_of_a_revision_run_on_duckdb_and_give_redshift_sql(
    page, block, checkout
) -> None:
    body = "".join(f"    {line}\n" for line in block.text.splitlines())
    revision = REVISION.format(head=schema.HEAD, upgrade=body)
    (checkout / "migrations" / "versions" / "0900_shown.py").write_text(revision)
    done = bash("alembic upgrade head", checkout)
    assert done.returncode == 0, done.stderr
    url = "SPARKIFY_DATABASE_URL=redshift+psycopg2://owner@host/dev"
    done = bash(f"{url} alembic upgrade {schema.HEAD}:0900 --sql", checkout)
    assert done.returncode == 0, done.stderr
    statements = [part.strip() for part in re.sub("--.*", "", done.stdout).split(";\n")]
    altering = [part for part in statements if part.startswith("ALTER TABLE")]
    assert altering
    for statement in altering:
        assert_redshift_sql(statement.rstrip(";"), in_transaction=False)
