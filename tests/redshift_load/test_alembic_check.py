"""The schema does not drift: what somebody changed on the server, `alembic check` reports."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.util import CommandError

from sparkify_dwh import schema
from sparkify_dwh.settings import Settings
from tests.redshift_load.warehouse import RedshiftWarehouse


def check(warehouse: RedshiftWarehouse) -> None:
    url = warehouse.server.url("owner", warehouse.database)
    command.check(schema.alembic_config(Settings.resolve(database_url=url)))


def test_schema_at_head_is_clean(redshift: RedshiftWarehouse) -> None:
    check(redshift)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("ALTER TABLE songplays ALTER DISTKEY user_id", "distkey"),
        ("ALTER TABLE songplays ALTER SORTKEY (user_id)", "sortkey"),
        ("ALTER TABLE songplays ALTER COLUMN level ENCODE lzo", "level"),
        ("ALTER TABLE songs ALTER DISTSTYLE EVEN", "diststyle"),
        ("ALTER TABLE load_rejects ALTER COLUMN raw_text TYPE VARCHAR(8192)", "raw_text"),
        ("ALTER TABLE users ADD COLUMN nickname VARCHAR(64)", "nickname"),
    ],
)
def test_change_on_the_server_is_reported(
    redshift: RedshiftWarehouse, change: str, words: str
) -> None:
    import psycopg2

    connection = psycopg2.connect(redshift.server.dsn("owner", redshift.database))
    connection.autocommit = True  # as Redshift asks for
    connection.cursor().execute(change)
    connection.close()
    with pytest.raises(CommandError, match=words):
        check(redshift)
