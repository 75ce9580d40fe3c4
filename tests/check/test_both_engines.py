"""The check finds the same on Redshift as on DuckDB, by the same shortcuts."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from sparkify_dwh import schema
from sparkify_dwh.check import CheckReport, check
from sparkify_dwh.check.run import all_proofs
from sparkify_dwh.check.shortcuts import MOMENTS, TRACKS, shortcuts
from sparkify_dwh.engines.connect import open_engine
from sparkify_dwh.queries.rendering import sql
from sparkify_dwh.settings import Settings
from tests.queries.conftest import fill
from tests.redshift_sql import assert_redshift_sql
from tests.standin import Standin

BY_NAME = {proof.name: proof for proof in all_proofs()}


@pytest.mark.parametrize("shortcut", shortcuts(BY_NAME), ids=lambda one: one.names[0])
def test_shortcut_is_redshift_sql_and_names_proofs(shortcut) -> None:
    assert_redshift_sql(sql(shortcut.query, "redshift"))
    assert set(shortcut.names) <= set(BY_NAME)


def checked(url: str, *damage: str) -> CheckReport:
    settings = Settings.resolve(database_url=url)
    schema.upgrade(settings)
    engine = open_engine(settings)
    with engine.begin() as connection:
        fill(connection)
        for statement in damage:
            connection.execute(text(statement))
    engine.dispose()
    return check(settings, audit=False)


@pytest.fixture(scope="module")
def server():
    with Standin() as server:
        yield server


@pytest.mark.parametrize(
    "damage",
    [
        (),
        ("DELETE FROM time WHERE day = 6", "UPDATE songplays SET song_id = NULL"),
        ("INSERT INTO time SELECT * FROM time", "DELETE FROM songplay_tracks WHERE user_id = 2"),
    ],
)
def test_both_engines_find_the_same(server: Standin, tmp_path: Path, damage) -> None:
    here = checked(f"duckdb:///{tmp_path / 'w.duckdb'}", *damage)
    there = checked(server.url(database=server.fresh_database()), *damage)
    assert [(one.name, one.offending) for one in here.findings] == [
        (one.name, one.offending) for one in there.findings
    ]
    assert [(one.table, one.rows) for one in here.tables] == [
        (one.table, one.rows) for one in there.tables
    ]
    assert here.rejects == there.rejects
    assert here.rejects.records == 5
    broken = {one.name for one in there.violations}
    assert broken.isdisjoint({*MOMENTS, *TRACKS}) == (not damage)
