"""The front door: connect, load, ask, look."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

import sparkify_dwh as sdw
from sparkify_dwh import queries
from sparkify_dwh.errors import (
    ConfigurationError,
    DatabaseError,
    DatabaseLockedError,
    SchemaNotAtHeadError,
)
from sparkify_dwh.models import SongPlay
from sparkify_dwh.schema import HEAD
from tests.standin import Standin


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPARKIFY_DATABASE_URL", raising=False)


def test_connect_takes_a_url(tmp_path: Path) -> None:
    wh = sdw.connect(f"duckdb:///{tmp_path / 'a.duckdb'}")
    assert isinstance(wh.engine, Engine)
    assert repr(wh) == f"<Warehouse duckdb:///{tmp_path / 'a.duckdb'}>"


@pytest.mark.parametrize("path", [Path("b.duckdb"), "b.duckdb", "b.db"])
def test_connect_takes_the_path_of_a_file(path: str | Path) -> None:
    assert sdw.connect(path).url == f"duckdb:///{path}"


def test_connect_takes_the_setting_and_then_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sdw.connect().url == "duckdb:///sparkify.duckdb"
    monkeypatch.setenv("SPARKIFY_DATABASE_URL", "duckdb:///set.duckdb")
    assert sdw.connect().url == "duckdb:///set.duckdb"
    assert sdw.connect("given.duckdb").url == "duckdb:///given.duckdb"


def test_connect_makes_no_file(tmp_path: Path) -> None:
    sdw.connect("new.duckdb")
    assert not (tmp_path / "new.duckdb").exists()


def test_no_secret_is_shown() -> None:
    wh = sdw.connect("redshift+psycopg2://me:hush@127.0.0.1:1/dev?sslmode=disable&token=hush2")
    assert "hush" not in repr(wh)
    with pytest.raises(DatabaseError) as caught:
        wh.run("SELECT 1")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("sqlite:///x.db", "'sqlite' is not supported"),
        ("what?", "cannot be read"),
        ("duckdb:///:memory:", "would be gone"),
        ("duckdb://", "would be gone"),
    ],
)
def test_a_wrong_url_is_refused_with_advice(url: str, cause: str) -> None:
    with pytest.raises(ConfigurationError, match=cause) as caught:
        sdw.connect(url)
    assert caught.value.advice


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="there is no setting 'log_dta'"):
        sdw.connect("x.duckdb", log_dta="here")


def test_a_schema_of_ones_own_holds_all_tables() -> None:
    wh = sdw.connect("s.duckdb", schema="sparkify")
    wh.upgrade()
    wh.load()
    found = wh.run("SELECT DISTINCT schema_name FROM duckdb_tables() WHERE table_name = 'songs'")
    assert [row[0] for row in found] == ["sparkify"]
    assert wh.status().rows["songplays"] > 0


def test_asking_before_the_schema_is_there_says_what_to_do() -> None:
    wh = sdw.connect("new.duckdb")
    with pytest.raises(SchemaNotAtHeadError) as caught:
        wh.queries.top_songs()
    assert caught.value.advice == "Run: alembic upgrade head"
    assert caught.value.__cause__ is None


def test_a_mistake_in_sql_is_one_line(wh: sdw.Warehouse) -> None:
    with pytest.raises(DatabaseError) as caught:
        wh.run("SELECT nothing_of_that_name FROM songplays")
    assert len(str(caught.value).splitlines()) == 1
    assert "nothing_of_that_name" in str(caught.value)


def test_load_and_ask(wh: sdw.Warehouse) -> None:
    plays = wh.run(select(func.count()).select_from(SongPlay))[0][0]
    assert plays == sum(row.plays for row in wh.queries.plays_by_hour())
    assert wh.load().status == "nothing_to_do"
    assert wh.check().is_sound


def test_load_takes_other_places(tmp_path: Path) -> None:
    from sparkify_dwh.sample import generate

    generate(tmp_path / "feeds", events=200, songs=5, days=2)
    wh = sdw.connect("w.duckdb")
    wh.upgrade()
    places = {name: tmp_path / "feeds" / name for name in ("log_data", "song_data")}
    assert wh.load(**places).rows["songs"] == 5  # type: ignore[arg-type]  # both are paths


def test_a_session_maps_the_models(wh: sdw.Warehouse) -> None:
    with wh.session() as session:
        play = session.scalars(select(SongPlay).limit(1)).one()
        assert play.user.user_id == play.user_id


def test_queries_are_the_functions_of_the_library_run(wh: sdw.Warehouse) -> None:
    assert list(wh.queries.top_songs(n=3)) == list(wh.run(queries.top_songs(n=3)))
    assert dir(wh.queries) == [info.name for info in queries.all_queries()]
    assert wh.queries.top_songs.__doc__ == queries.top_songs.__doc__
    assert "top_songs" in repr(wh.queries)
    assert "Which songs of the catalogue" in wh.queries._repr_html_()
    with pytest.raises(AttributeError, match="no query 'top_cats'"):
        _ = wh.queries.top_cats


def test_queries_fill_in_the_user_agents(wh: sdw.Warehouse) -> None:
    pytest.importorskip("ua_parser", reason="needs ua-parser: pip install '.[user-agents]'")
    browsers = wh.queries.plays_by_browser(level="paid")
    assert sum(row.plays for row in browsers) == sum(
        row.plays for row in wh.queries.plays_by_hour(level="paid")
    )
    assert all(row.browser for row in browsers)


def test_read_only_refuses_to_change_anything(wh: sdw.Warehouse) -> None:
    reader = sdw.connect(wh.url, read_only=True)
    assert repr(reader).endswith("(read only)>")
    assert len(reader.queries.top_songs()) > 0
    for change in (reader.load, reader.upgrade):
        with pytest.raises(ConfigurationError, match="read only"):
            change()
    with pytest.raises(DatabaseError, match="read-only"):
        reader.run("SELECT 1; DELETE FROM songplays")


def test_read_only_on_a_missing_file_says_so() -> None:
    with pytest.raises(DatabaseError, match=r"gone\.duckdb does not exist"):
        sdw.connect("gone.duckdb", read_only=True).run("SELECT 1")


def test_a_file_that_another_process_writes_to_names_it(wh: sdw.Warehouse) -> None:
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open'); input()"
    file = str(wh.engine.url.database)
    with subprocess.Popen(
        [sys.executable, "-c", code, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(DatabaseLockedError) as caught:
            wh.queries.top_songs()
        assert caught.value.pid == other.pid
        other.communicate("\n")


def test_no_connection_is_held_between_two_questions(wh: sdw.Warehouse) -> None:
    wh.queries.top_songs()
    code = "import duckdb, sys; duckdb.connect(sys.argv[1]).close()"
    subprocess.run([sys.executable, "-c", code, str(wh.engine.url.database)], check=True)


def test_check_works_while_a_session_is_open(wh: sdw.Warehouse) -> None:
    """DuckDB opens a file for reading only, or for writing, in one process; never both."""
    with wh.session() as session:
        assert session.scalars(select(SongPlay).limit(1)).one()
        assert wh.check(audit=False).is_sound
        with pytest.raises(DatabaseError, match="is open in this process already"):
            sdw.connect(wh.url, read_only=True).status()
    assert sdw.connect(wh.url, read_only=True).check(audit=False).is_sound


def test_status_tells_rejects_by_reason_and_by_file(tmp_path: Path) -> None:
    from sparkify_dwh.sample import generate

    generate(tmp_path / "feeds", events=200, songs=5, days=2)
    places = {name: tmp_path / "feeds" / name for name in ("log_data", "song_data")}
    worst, *_ = sorted(places["log_data"].rglob("*.json"))
    worst.write_text(worst.read_text() + '{"page": "Home", "ts": "soon"}\n{}\n')
    wh = sdw.connect("w.duckdb")
    wh.upgrade()
    wh.load(**places, max_errors=2)  # type: ignore[arg-type]  # both are paths
    status = wh.status()
    assert status.rejects == sum(status.reject_reasons.values()) == 2
    assert status.reject_reasons == {"bad_type": 1, "missing": 1}
    assert status.reject_files == {worst.as_uri(): 2}
    assert f"{worst.name} 2" in str(status)
    assert "bad_type 1, missing 1" in status._repr_html_()
    assert status.as_json()["reject_reasons"] == status.reject_reasons
    assert [row.records for row in wh.queries.rejects_by_file()] == [2]


def test_status_tells_what_is_there(wh: sdw.Warehouse) -> None:
    status = wh.status()
    assert status.is_at_head
    assert status.loads == 1
    assert status.rejects == 0
    assert set(status.files) == {"log", "song"}
    assert status.last_load is not None
    assert status.last_load["mode"] == "incremental"
    assert status.rows["songplays"] == wh.run("SELECT count(*) FROM songplays")[0][0]
    assert repr(status) == f"<Status {status.rows['songplays']:,} plays, 1 loads>"
    assert f"{HEAD} (head)" in str(status)
    assert "<caption>Warehouse</caption>" in wh._repr_html_()
    assert json.loads(json.dumps(status.as_json()))["loads"] == 1


def test_status_of_a_new_database_is_that_it_has_no_schema() -> None:
    status = sdw.connect("new.duckdb").status()
    assert (status.revision, status.rows, status.last_load) == (None, {}, None)
    assert "no schema yet" in str(status)
    assert repr(status) == f"<Status revision None, head is {HEAD}>"


@pytest.mark.parametrize("backend", ["duckdb", "redshift"])
def test_jupysql_takes_the_engine(wh: sdw.Warehouse, backend: str) -> None:
    """`%load_ext sql`, `%sql engine`, `%sql SELECT …`, as in a notebook."""
    reason = "run with: pip install jupysql ipython; pytest tests/warehouse -k jupysql"
    connections = pytest.importorskip("sql.connection", reason=reason)
    testing = pytest.importorskip("IPython.testing.globalipapp", reason=reason)
    shell = testing.start_ipython() or testing.get_ipython()
    shell.run_line_magic("load_ext", "sql")
    with Standin() if backend == "redshift" else nullcontext() as server:
        warehouse = wh if server is None else sdw.connect(server.url())
        warehouse.upgrade()
        shell.user_ns["engine"] = warehouse.engine
        shell.run_line_magic("sql", "engine")
        found = shell.run_line_magic("sql", "SELECT count(*) AS plays FROM songplays")
        assert next(iter(found))[0] == warehouse.status().rows["songplays"]
        connections.ConnectionManager.close_all()
