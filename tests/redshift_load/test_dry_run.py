"""The dry run shows what a load sends: the same statements, in the same order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sparkify_dwh.load.dry_run import script
from tests.load.records import TS, play, song
from tests.redshift_load.warehouse import RedshiftWarehouse

#: What belongs to the session, not to the load; the ledger's rows stand as a comment.
ASIDE = re.compile(
    r"SET |SHOW |ROLLBACK|SELECT (pg_backend_pid|pg_last_copy_id|current_)|.*stl_load_commits|"
    r"SELECT (contested_keys|rematched_tracks)\.|.*alembic_version|.*pg_catalog",
    re.IGNORECASE,
)
VERB = re.compile(
    r"(COPY|LOCK TABLE|DROP TABLE IF EXISTS|CREATE TEMPORARY TABLE|DELETE FROM|INSERT INTO|UPDATE)"
    r" (\w+)"
)


def outline(sql: str) -> str:
    """What a statement does to which tables: enough to tell it from its neighbours."""
    sql = " ".join(sql.split())
    # A load has asked for the range of time, and states it; the script asks each time.
    edge = r"\(SELECT DATEADD\(ms, (?:min|max)[^=]* = 'NextSong'\)"
    sql = re.sub(rf"BETWEEN {edge} AND {edge}", "BETWEEN", sql)
    if found := VERB.match(sql):
        return " ".join(found.groups())
    tables = re.findall(r"(?:FROM|JOIN) ([a-z]\w+)", sql)
    return " ".join([sql.partition(" ")[0], *sorted(set(tables))]) if tables else sql


def statements_of_script(lines: Iterator[str]) -> list[str]:
    text = re.sub(r"^--.*$", "", "\n".join(lines), flags=re.MULTILINE)
    return [outline(part) for part in text.split(";") if part.strip()]


def transaction(outlines: list[str]) -> list[str]:
    """The publishing transaction; short ones that only ask go before it."""
    return outlines[outlines.index("LOCK TABLE load_files") :]


def test_dry_run_is_what_the_server_sees(redshift: RedshiftWarehouse) -> None:
    redshift.put("log", "a.json", [play(), play(ts=TS + 1, song="Late", artist="A", length=100.0)])
    redshift.put("song", "a.json", [song()])
    redshift.load()
    # One play in two files, and a song for a track that had none: no statement is left out.
    redshift.put("log", "b.json", [play(level="paid"), play(ts=TS + 2)])
    redshift.put("log", "c.json", [play(ts=TS + 2, level="paid")])
    redshift.put(
        "song",
        "b.json",
        [song(song_id="SOLATE", title="Late", artist_name="A", artist_id="ARLATE", duration=100.0)],
    )
    redshift.server.statements.clear()
    redshift.load()
    sent = [" ".join(sql.split()) for sql in redshift.statements()]
    ledger = next(place for place, sql in enumerate(sent) if sql.startswith("COPY load_files"))
    del sent[ledger : ledger + 2]  # with the question how many rows it has read
    seen = [sql for sql in sent if not ASIDE.match(sql)]
    shown = statements_of_script(script(redshift.settings()))
    assert transaction([outline(sql) for sql in seen]) == transaction(shown)
    assert len(shown) > 40


def test_dry_run_names_the_objects_that_a_load_writes(redshift: RedshiftWarehouse) -> None:
    redshift.put("log", "a.json", [play()])
    redshift.put("song", "a.json", [song()])
    redshift.load()
    run_id = redshift.state().runs[0]["run_id"]
    written = {
        re.search(r"FROM '([^']+)'", sql)[1].replace(run_id, "RUN")
        for sql in redshift.statements("^copy staging")
    }
    text = "\n".join(script(redshift.settings()))
    shown = re.findall(r"COPY staging.*?FROM '([^']+)'", text, flags=re.DOTALL)
    assert {uri.replace("00000000-0000-0000-0000-000000000000", "RUN") for uri in shown} == written
