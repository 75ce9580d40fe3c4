"""The generated pages are those that the models give, and say what the models say."""

import os
import shutil
import subprocess
import sys

import pytest
import sqlalchemy as sa

from sparkify_dwh.docs_from_models.command import main
from sparkify_dwh.docs_from_models.commands import COMMANDS
from sparkify_dwh.docs_from_models.diagram import er_diagram
from sparkify_dwh.docs_from_models.pages import BEGIN, END, generated_pages, with_diagram
from sparkify_dwh.errors import SparkifyError
from sparkify_dwh.queries import all_queries
from sparkify_dwh.tables import metadata
from tests.docs.markdown import DOCS, PROJECT

DICTIONARY = (DOCS / "data_dictionary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", list(generated_pages(PROJECT)), ids=lambda path: path.name)
def test_generated_page_is_up_to_date(path) -> None:
    wanted = generated_pages(PROJECT)[path]
    assert path.read_text(encoding="utf-8") == wanted, (
        "stale: run python -m sparkify_dwh.docs_from_models and read the difference"
    )


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_dictionary_names_every_column_with_its_comment(table) -> None:
    section = DICTIONARY.split(f"\n### {table.name}\n")[1].split("\n### ")[0]
    assert table.comment in section
    for column in table.columns:
        (line,) = [row for row in section.splitlines() if row.startswith(f"| `{column.name}` |")]
        assert line.endswith(f" | {column.comment} |")
        assert f" | {column.dialect_options['redshift']['encode']} | " in line
        assert (" | yes | " in line) == column.nullable


def test_dictionary_tells_layout_and_keys() -> None:
    section = DICTIONARY.split("\n### songplays\n")[1].split("\n### ")[0]
    assert "`DISTSTYLE KEY`, `DISTKEY (start_time)`, `SORTKEY (start_time)`" in section
    assert "UNIQUE: `(user_id, session_id, start_time)`" in section
    assert "| `songplay_id` | BIGINT | no | PK, IDENTITY(0, 1) | az64 |" in section
    assert "| `song_id` | VARCHAR(32) | yes | FK → [songs](#songs) | zstd |" in section


def test_dictionary_tells_the_json_key_of_a_staging_column() -> None:
    assert "| `first_name` | VARCHAR(256) | yes | `firstName`, text | zstd |" in DICTIONARY


def test_page_of_the_commands_shows_the_help_of_each() -> None:
    """Of each module that ``python -m`` runs, as it prints it."""
    modules = {path.parent.name for path in (PROJECT / "sparkify_dwh").glob("*/__main__.py")}
    assert modules == set(COMMANDS)
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        done = subprocess.run(
            [sys.executable, "-m", f"sparkify_dwh.{name}", "--help"],
            capture_output=True,
            text=True,
            check=True,
            cwd=PROJECT,
            env={**os.environ, "COLUMNS": "80"},
        )
        shown = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
        assert f"## sparkify_dwh.{name}\n\n```text\n{shown}\n```" in page


def test_page_of_the_queries_has_a_section_for_each() -> None:
    page = (DOCS / "queries.md").read_text(encoding="utf-8")
    for info in all_queries():
        section = page.split(f"\n## {info.name}\n")[1].split("\n## ")[0]
        assert info.question in section
        assert [f"`{name}" in section for name in info.parameters].count(False) == 0
        assert section.count("\n| `") == len(info.columns)


def test_diagram_tells_one_from_many_and_must_from_may() -> None:
    tables = sa.MetaData()
    run = sa.Table("run", tables, sa.Column("id", sa.Integer, primary_key=True))
    reject = sa.Table(
        "reject",
        tables,
        sa.Column("run_id", sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("fixed_in", sa.ForeignKey("run.id")),
    )
    note = sa.Table("note", tables, sa.Column("run_id", sa.ForeignKey("run.id"), primary_key=True))
    lines = er_diagram([run, reject, note]).splitlines()
    assert "    reject }o--|| run : run_id" in lines  # a part of a key is not unique
    assert "    reject }o--o| run : fixed_in" in lines
    assert "    note |o--|| run : run_id" in lines
    assert '        integer fixed_in FK "may be NULL"' in lines
    assert "        integer run_id PK, FK" in lines


def test_diagram_leaves_out_references_to_tables_that_are_not_shown() -> None:
    assert "--" not in er_diagram([metadata.tables["songs"]])


def test_a_page_without_a_place_for_the_diagram_is_an_error() -> None:
    assert with_diagram(f"a\n{BEGIN}old{END}\nb", "erDiagram").count("mermaid") == 1
    with pytest.raises(SparkifyError, match="0 places"):
        with_diagram("# README\n", "erDiagram")


def test_an_installed_package_has_no_pages_to_write(tmp_path, capsys) -> None:
    assert main(["--project", str(tmp_path)]) == 2
    assert "--project" in capsys.readouterr().err


def test_check_fails_on_a_stale_page_and_writing_mends_it(tmp_path, capsys) -> None:
    shutil.copy(PROJECT / "README.md", tmp_path)
    assert main(["--check", "--project", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"stale: docs/{name}.md" for name in ("data_dictionary", "queries", "commands")
    ]
    assert not (tmp_path / "docs").exists()
    assert main(["--project", str(tmp_path)]) == 0
    assert main(["--check", "--project", str(tmp_path)]) == 0
    assert (tmp_path / "docs" / "data_dictionary.md").read_text(encoding="utf-8") == DICTIONARY
