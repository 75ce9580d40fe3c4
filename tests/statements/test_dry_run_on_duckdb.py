"""The dry run of a load on DuckDB, pasted into a console, loads the same star."""

import duckdb

from sparkify_dwh import schema
from sparkify_dwh.load import load
from sparkify_dwh.load.dry_run import script
from sparkify_dwh.settings import Settings

STAR = ("songplays", "users", "songs", "artists", "time")


def star(path) -> dict[str, list[tuple]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            table: sorted(
                connection.execute(
                    f"SELECT COLUMNS(c -> c <> 'songplay_id') FROM {table}"
                ).fetchall(),
                key=repr,
            )
            for table in STAR
        }


def test_pasted_script_loads_the_same_star(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = Settings.resolve(database_url="duckdb:///loaded.duckdb")
    pasted = Settings.resolve(database_url="duckdb:///pasted.duckdb")
    schema.upgrade(loaded)
    schema.upgrade(pasted)
    load(loaded)
    with duckdb.connect("pasted.duckdb") as console:
        console.execute("\n".join(script(pasted)))
    assert star("pasted.duckdb") == star("loaded.duckdb")
    assert len(star("pasted.duckdb")["songplays"]) > 1000


def test_script_says_what_it_cannot_know(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "\n".join(script(Settings.resolve(database_url="duckdb:///absent.duckdb")))
    assert "load_files and load_rejects: one row per file and reject" in text
    assert not (tmp_path / "absent.duckdb").exists()
