"""Migrations and loads as commands, in processes of their own."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from sparkify_dwh.redshift.roles import grants
from sparkify_dwh.sample import generate
from tests.faults.children import Child, End, limited_command_in
from tests.load.records import TS, play, song
from tests.load.warehouse import DuckDBWarehouse, json_lines
from tests.redshift_load.test_load import put_folder
from tests.redshift_load.warehouse import BUCKET, RedshiftWarehouse
from tests.standin import Standin
from tests.standin.s3 import LocalS3

ROOT = Path(__file__).parents[2]


def run(
    warehouse: RedshiftWarehouse, *command: str, user: str = "loader", **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        env=warehouse.environment(user) | {"PYTHONPATH": str(ROOT)} | variables,
    )


def run_forked(
    folder: Path, warehouse: RedshiftWarehouse, *arguments: str, **variables: str
) -> End:
    """Load as the command does, in a process that has imported everything already."""
    environ = warehouse.environment() | variables
    return Child(folder, limited_command_in, [*arguments], environ=environ).end()


def alembic(warehouse: RedshiftWarehouse, *command: str) -> subprocess.CompletedProcess[str]:
    return run(warehouse, "alembic", "-c", str(ROOT / "alembic.ini"), *command, user="owner")


@pytest.fixture
def empty(server: Standin, s3: LocalS3) -> RedshiftWarehouse:
    """A database in which the users have their rights, and nothing else is."""
    database = server.fresh_database()
    connection = psycopg2.connect(server.dsn("awsuser", database))
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in grants(database=database):
            cursor.execute(statement)
    connection.close()
    return RedshiftWarehouse(server, s3, database)


@pytest.mark.timeout(300)
def test_whole_life_of_a_warehouse(
    empty: RedshiftWarehouse, duckdb_warehouse: DuckDBWarehouse, real_data: Path
) -> None:
    for warehouse in (empty, duckdb_warehouse):
        put_folder(warehouse, real_data)
    late = [play(ts=TS + 40 * 86_400_000, userId="8")]
    made = alembic(empty, "upgrade", "head")
    assert made.returncode == 0, made.stderr

    first = run(empty, "sparkify_dwh.load", "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["inserted"]["songplays"] == 6820
    second = run(empty, "sparkify_dwh.load", "--json")
    assert json.loads(second.stdout)["status"] == "nothing_to_do"

    duckdb_warehouse.load()
    for warehouse in (empty, duckdb_warehouse):
        warehouse.put("log", "2018/12/late.json", late)
    duckdb_warehouse.load()
    third = run(empty, "sparkify_dwh.load", "--json")
    assert json.loads(third.stdout)["inserted"]["songplays"] == 1
    assert empty.star() == duckdb_warehouse.star()

    gone = alembic(empty, "downgrade", "base")
    assert gone.returncode == 0, gone.stderr
    tables = empty.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert [name for (name,) in tables] == ["alembic_version"]


def test_one_bad_line_in_100_000_is_named_exactly(
    redshift: RedshiftWarehouse, duckdb_warehouse: DuckDBWarehouse
) -> None:
    lines = json_lines([play(ts=TS + number) for number in range(1000)]).splitlines()
    content = [lines[number % 1000] for number in range(100_000)]
    content[77_776] = content[77_776].replace(b'"itemInSession": 1', b'"itemInSession": 1.5')
    said = []
    for warehouse in (redshift, duckdb_warehouse):
        warehouse.put("log", "large.json", b"\n".join(content))
        warehouse.put("song", "a.json", [song()])
        environment = {
            "SPARKIFY_DATABASE_URL": warehouse.url,
            "SPARKIFY_LOG_DATA": warehouse.place("log"),
            "SPARKIFY_SONG_DATA": warehouse.place("song"),
        }
        done = run(redshift, "sparkify_dwh.load", **environment)
        assert done.returncode == 1
        said.append(done.stderr.replace(warehouse.place("log").rstrip("/"), ""))
    assert "line 77777, itemInSession: bad_type: " in said[0]
    assert said[0] == said[1]


def test_missing_schema_is_a_clear_error(empty: RedshiftWarehouse) -> None:
    empty.put("log", "a.json", [play()])
    empty.put("song", "a.json", [song()])
    done = run(empty, "sparkify_dwh.load")
    assert done.returncode == 1
    assert "alembic upgrade head" in done.stderr


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"SPARKIFY_LOG_DATA": "log_data"}, "COPY reads S3 only"),
        ({"SPARKIFY_IAM_ROLE": "arn:aws:iam::1:user/x'; DROP"}, "SPARKIFY_IAM_ROLE"),
        ({"SPARKIFY_MANIFEST_PREFIX": ""}, "SPARKIFY_MANIFEST_PREFIX"),
        ({"SPARKIFY_MANIFEST_PREFIX": "s3://b'ucket/x/"}, "SPARKIFY_MANIFEST_PREFIX"),
        ({"SPARKIFY_AWS_REGION": "us'west"}, "SPARKIFY_AWS_REGION"),
        ({"SPARKIFY_SCHEMA": 'a"b'}, "SPARKIFY_SCHEMA"),
    ],
)
def test_wrong_setting_is_exit_code_2_before_any_connection(
    redshift: RedshiftWarehouse, variables: dict[str, str], words: str, tmp_path: Path
) -> None:
    end = run_forked(tmp_path / "child", redshift, **variables)
    assert (end.code, redshift.statements()) == (2, [])
    assert words in end.err
    assert "DROP" not in end.err


class TestSecrets:
    """No password and no key in anything that is said or written."""

    SECRETS = ("C4naryPassword", "C4NARYKEYID", "C4narySecretKey", "C4narySessionToken")

    @pytest.fixture
    def guarded(self, s3: LocalS3) -> Any:
        from tests.redshift_load.cluster import prepared

        users = {"awsuser": "pw", "owner": "pw", "loader": self.SECRETS[0], "reader": "pw"}
        with Standin(s3_endpoint=s3.endpoint, users=users) as server:
            yield prepared(server, s3)

    def variables(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": self.SECRETS[1],
            "AWS_SECRET_ACCESS_KEY": self.SECRETS[2],
            "AWS_SESSION_TOKEN": self.SECRETS[3],
        }

    @pytest.mark.timeout(300)
    def test_none_gets_out(self, guarded: RedshiftWarehouse, tmp_path: Path) -> None:
        guarded.put("log", "a.json", [play()])
        guarded.put("song", "a.json", [song()])
        password = self.SECRETS[0]
        said: list[str] = []
        codes: list[int | None] = []
        server = guarded.server
        for break_it, more in (
            (None, {}),
            (None, {"SPARKIFY_LOG_DATA": "s3://no-such-bucket/x/"}),
            (None, {"SPARKIFY_IAM_ROLE": "arn:aws:iam::123456789012:role/other"}),
            (None, {"SPARKIFY_DATABASE_URL": guarded.url.replace("loader:", "reader:")}),
            (None, {"SPARKIFY_DATABASE_URL": f"redshift://loader:{password}@127.0.0.1:1/dev"}),
            (None, {"SPARKIFY_DATABASE_URL": f"red shift://loader:{password}@127.0.0.1:1/dev"}),
            ("^lock", {}),
            ("^copy", {}),
            ("^insert into songplays", {}),
        ):
            guarded.put("log", f"{random.random()}.json", [play(ts=TS + len(codes))])
            server.faults.clear()
            if break_it:
                server.faults.cut(break_it)
            for flags in (["--json"], ["--dry-run"]):
                end = run_forked(tmp_path / "child", guarded, *flags, **self.variables() | more)
                said += [end.out, end.err]
                codes.append(end.code)
        assert codes.count(0) >= 1
        assert {1, 2} <= set(codes)
        said += [str(guarded.snapshot()), *guarded.server.statements.texts()]
        for secret in self.SECRETS:
            assert not [text for text in said if secret in text]

    def test_none_is_in_a_chain_of_exceptions(
        self, guarded: RedshiftWarehouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import traceback

        for name, value in self.variables().items():
            monkeypatch.setenv(name, value)
        guarded.put("log", "a.json", [play()])
        guarded.put("song", "a.json", [song()])
        for order in ("^lock", "^copy", "^insert into songplays"):
            guarded.server.faults.cut(order)
            try:
                guarded.load()
            except Exception as error:
                seen: BaseException | None = error
                text = "".join(traceback.format_exception(error))
                while seen is not None:
                    text += repr(seen) + str(seen.__dict__)
                    seen = seen.__context__ or seen.__cause__
                assert not [secret for secret in self.SECRETS if secret in text]
            else:
                pytest.fail("the load has not failed")
        assert self.SECRETS[0] not in repr(guarded.settings())


class TestUsers:
    """Owner, loader and reader have the rights that they need, and no more."""

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO songs (song_id, artist_id) VALUES ('a', 'b')",
            "UPDATE users SET level = 'paid'",
            "DELETE FROM songplays",
            "DROP TABLE songplays",
            "CREATE TABLE own (a INT)",
            "TRUNCATE load_files",
        ],
    )
    def test_reader_writes_nothing(self, redshift: RedshiftWarehouse, statement: str) -> None:
        assert redshift.query_as("reader", "SELECT count(*) FROM songplays") == [[(0,)]]
        with pytest.raises(psycopg2.Error, match=r"permission denied|must be owner"):
            redshift.query_as("reader", statement)

    @pytest.mark.parametrize("table", ["staging_events", "load_rejects", "user_versions"])
    def test_reader_reads_the_star_only(self, redshift: RedshiftWarehouse, table: str) -> None:
        with pytest.raises(psycopg2.Error, match="permission denied"):
            redshift.query_as("reader", f"SELECT count(*) FROM {table}")

    def test_command_prints_what_the_reader_needs(self, redshift: RedshiftWarehouse) -> None:
        done = run(redshift, "sparkify_dwh.redshift.roles", "--after-upgrade", "--schema", "dwh")
        assert done.returncode == 0
        assert "GRANT SELECT ON TABLE dwh.songplays TO reader;" in done.stdout.splitlines()

    @pytest.mark.parametrize(
        "statement", ["DROP TABLE songplays", "CREATE TABLE own (a INT)", "TRUNCATE load_files"]
    )
    def test_loader_makes_and_drops_nothing(
        self, redshift: RedshiftWarehouse, statement: str
    ) -> None:
        with pytest.raises(psycopg2.Error, match=r"permission denied|must be owner"):
            redshift.query_as("loader", statement)

    def test_rights_reach_a_schema_of_its_own(self, server: Standin, s3: LocalS3) -> None:
        from sparkify_dwh import schema
        from sparkify_dwh.settings import Settings

        database = server.fresh_database()
        warehouse = RedshiftWarehouse(server, s3, database)
        warehouse.query_as("awsuser", *grants(schema="sparkify", database=database))
        schema.upgrade(
            Settings.resolve(database_url=server.url("owner", database), schema_name="sparkify")
        )
        warehouse.put("log", "a.json", [play()])
        warehouse.put("song", "a.json", [song()])
        assert warehouse.load(schema_name="sparkify").inserted["songplays"] == 1
        assert warehouse.rows("SELECT count(*) FROM sparkify.songplays") == [(1,)]

    def test_command_prints_the_statements(self, redshift: RedshiftWarehouse) -> None:
        command = ("sparkify_dwh.redshift.roles", "--schema", "dwh", "--create-users")
        done = run(redshift, *command)
        assert done.returncode == 0
        printed = done.stdout.splitlines()
        assert printed[0] == "CREATE USER owner PASSWORD DISABLE;"
        assert printed[3:] == [f"{statement};" for statement in grants(schema="dwh")]

    def test_names_that_are_no_names_are_refused(self, redshift: RedshiftWarehouse) -> None:
        done = run(redshift, "sparkify_dwh.redshift.roles", "--schema", 'x"; DROP')
        assert done.returncode == 2


class TestSession:
    """What the server is told of a session."""

    def test_it_has_a_name_and_a_tag(self, redshift: RedshiftWarehouse) -> None:
        redshift.put("log", "a.json", [play()])
        redshift.put("song", "a.json", [song()])
        seen: list[Any] = []

        def look(step: str, count: int = 0, /) -> None:
            if step == "write manifests":
                seen.extend(
                    redshift.rows("SELECT application_name FROM pg_stat_activity "
                                  f"WHERE usename = 'loader' AND datname = '{redshift.database}'")
                )  # fmt: skip

        redshift.load(progress=look)
        assert "SET query_group TO 'sparkify_dwh'" in redshift.statements()
        assert redshift.statements("^SET statement_timeout TO 600000")
        assert redshift.statements("^SET statement_timeout TO 3600000")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_15_000_song_objects(redshift: RedshiftWarehouse, tmp_path: Path) -> None:
    generate(tmp_path / "sample", events=5_000, songs=15_000, days=1)
    for path in (tmp_path / "sample").rglob("*.json"):
        feed = path.relative_to(tmp_path / "sample").parts[0].removesuffix("_data")
        redshift.put(feed, path.name, path.read_bytes())
    redshift.server.statements.clear()
    result = redshift.load()
    assert result.files["song"] == result.rows["songs"] == 15_000
    assert len(redshift.statements()) < 120
    assert len(redshift.ledger()) == 15_001
    assert BUCKET in redshift.ledger()[0]["uri"]
