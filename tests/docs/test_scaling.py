"""The page on scaling counts right: its numbers are those of the statements of a load."""

import datetime as dt
import re
from collections import Counter
from typing import Any

from sparkify_dwh.feeds.contract import LOG_FEED, SONG_FEED
from sparkify_dwh.load.dry_run import script
from sparkify_dwh.load.proving import load_proofs
from sparkify_dwh.settings import Settings
from sparkify_dwh.statements.publish import publish
from sparkify_dwh.statements.staged import Staged, Window
from sparkify_dwh.tables import metadata
from tests.docs.markdown import DOCS, table_rows
from tests.redshift_sql import redshift_sql

PAGE = DOCS / "scaling.md"
TEXT = PAGE.read_text(encoding="utf-8")
WINDOW = Window(dt.datetime(2018, 11, 1), dt.datetime(2018, 11, 30))
LOADS = {
    "both feeds": Staged(events=LOG_FEED.table, songs=SONG_FEED.table, window=WINDOW),
    "log files only": Staged(events=LOG_FEED.table, songs=None, window=WINDOW),
    "song files only": Staged(events=None, songs=SONG_FEED.table),
}
#: Bytes of the types of fixed width on Redshift.
WIDTHS = {"BIGINT": 8, "INTEGER": 4, "SMALLINT": 2, "DOUBLE": 8, "DATETIME": 8}


def statements(staged: Staged) -> list[Any]:
    return [
        *(step.statement for step in publish(staged)),
        *(proof.count for _, of_table in load_proofs(staged) for proof in of_table),
    ]


def test_number_of_statements_is_what_the_page_says() -> None:
    rows = {row[0]: [int(cell) for cell in row[1:]] for row in table_rows(PAGE, "a load with")}
    for name, staged in LOADS.items():
        steps = list(publish(staged))
        conditional = [step for step in steps if step.only_for_rows_of is not None]
        proofs = list(load_proofs(staged))
        total = len(steps) + len(proofs)
        assert rows.pop(name) == [len(steps), len(conditional), len(proofs), total], name
    assert not rows


def test_number_of_statements_of_a_dry_run_is_what_the_page_says() -> None:
    settings = Settings.resolve(
        database_url="redshift+psycopg2://user@host/dev",
        log_data="s3://bucket/log_data/",
        song_data="s3://bucket/song_data/",
        manifest_prefix="s3://bucket/manifests/",
    )
    text = re.sub(r"^--.*$", "", "\n".join(script(settings)), flags=re.MULTILINE)
    count = len([part for part in text.split(";") if part.strip()])
    assert f"prints {count} statements" in TEXT


def is_bounded(table: str, sql: str) -> bool:
    name = "parent" if f"JOIN {table} AS parent" in sql else table
    return re.search(rf"\b{name}\.start_time BETWEEN '", sql) is not None


def test_number_of_reads_is_what_the_page_says() -> None:
    reads: Counter[str] = Counter()
    bounded: Counter[str] = Counter()
    names = "|".join(metadata.tables)
    for statement in statements(LOADS["both feeds"]):
        sql = redshift_sql(statement, literal_binds=True)
        found = Counter(re.findall(rf"(?:FROM|JOIN|UPDATE|,) ({names})\b(?!\.)", sql))
        reads += found
        bounded += Counter({name: n for name, n in found.items() if is_bounded(name, sql)})
    told = {
        row[0]: [int(cell) for cell in row[1:]] for row in table_rows(PAGE, "table | times read")
    }
    assert told == {
        name: [count, bounded[name], count - bounded[name]] for name, count in reads.items()
    }


def test_width_of_fixed_columns_is_what_the_page_says() -> None:
    for name, fixed, *_ in table_rows(PAGE, "table | fixed columns")[:3]:
        types = [str(column.type) for column in metadata.tables[name].columns]
        assert fixed == f"{sum(WIDTHS.get(kind, 0) for kind in types)} bytes", name
