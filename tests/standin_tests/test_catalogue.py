"""What reflection reads, through the stock dialect and through our own."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy_redshift.dialect import RedshiftDialect_psycopg2

from tests.standin import Standin


@pytest.fixture
def engine(standin: Standin, database: str) -> Iterator[Engine]:
    """Connects through the stock dialect to a database with some tables."""
    engine = sa.create_engine(standin.url(database=database))
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE songs (id VARCHAR(18) PRIMARY KEY, title VARCHAR(256) NOT NULL"
            " ENCODE zstd, UNIQUE (title, id)) DISTSTYLE ALL SORTKEY (id)"
        )
        connection.exec_driver_sql(
            "CREATE TABLE plays (id BIGINT IDENTITY(0, 1), at TIMESTAMP DEFAULT SYSDATE,"
            " song VARCHAR(18) REFERENCES songs (id)) DISTKEY (song) SORTKEY (at, song)"
        )
        connection.exec_driver_sql("COMMENT ON TABLE plays IS 'one row per play'")
        connection.exec_driver_sql("CREATE VIEW titles AS SELECT title FROM songs")
    yield engine
    engine.dispose()


def test_stock_reflection(engine: Engine) -> None:
    dialect = RedshiftDialect_psycopg2()
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        assert sorted(inspector.get_table_names()) == ["plays", "songs"]
        assert inspector.get_view_names() == ["titles"]
        assert inspector.has_table("plays")
        assert not inspector.has_table("nothing")
        assert inspector.get_pk_constraint("songs") == {
            "constrained_columns": ["id"],
            "name": "songs_pkey",
        }
        assert inspector.get_unique_constraints("songs") == [
            {"name": "songs_title_key", "column_names": ["title", "id"]}
        ]
        (key,) = inspector.get_foreign_keys("plays")
        assert (key["name"], key["referred_table"]) == ("plays_song_fkey", "songs")
        assert dialect.get_table_options(connection, "plays", "public") == {
            "redshift_diststyle": "KEY",
            "redshift_distkey": "song",
            "redshift_sortkey": ("at", "song"),
            "redshift_interleaved_sortkey": None,
        }
        assert inspector.get_table_comment("plays") == {"text": "one row per play"}


def test_identity_shows_as_a_default(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT a.attname, pg_get_expr(d.adbin, d.adrelid), d.adsrc FROM pg_attrdef d"
            " JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum"
            " JOIN pg_class c ON c.oid = d.adrelid WHERE c.relname = 'plays' ORDER BY a.attnum"
        ).all()
        assert [row[0] for row in rows] == ["id", "at"]
        assert rows[0][1].startswith('"identity"(')
        assert rows[0][1].endswith("'0,1'::text)")


def test_encodings_have_names(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT attname, format_encoding(attencodingtype::integer) FROM pg_attribute a"
            " JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE c.relname = 'songs' AND attnum > 0 ORDER BY attnum"
        )
        assert [tuple(row) for row in rows] == [("id", "none"), ("title", "zstd")]


@pytest.mark.parametrize(
    "view",
    [
        *("svv_tables", "svv_columns", "svv_redshift_tables", "svv_redshift_columns"),
        *("svv_table_info", "stv_tbl_perm", "svv_transactions", "stl_load_errors"),
        *("stl_loaderror_detail", "pg_table_def", "svv_external_tables", "stv_db_isolation_level"),
    ],
)
def test_system_views_can_be_read(engine: Engine, view: str) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT * FROM {view}").all()


def test_columns_in_svv(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT column_name, data_type, is_nullable, encoding, distkey, sortkey"
            " FROM svv_redshift_columns WHERE table_name = 'plays' ORDER BY ordinal_position"
        )
        assert [tuple(row) for row in rows] == [
            ("id", "bigint", "NO", "az64", False, 0),
            ("at", "timestamp without time zone", "YES", "none", False, 1),
            ("song", "character varying(18)", "YES", "none", True, 2),
        ]


def test_no_trace_of_postgresql_shows(engine: Engine) -> None:
    with engine.connect() as connection:
        checks = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_constraint WHERE contype NOT IN ('p', 'u', 'f')"
        )
        assert checks.scalar() == 0
        schemas = sa.inspect(connection).get_schema_names()
        assert set(schemas) <= {"public", "information_schema"}


def test_sqlalchemy_writes_through_the_dialect(engine: Engine) -> None:
    songs = sa.table("songs", sa.column("id"), sa.column("title"))
    with engine.begin() as connection:
        connection.execute(songs.insert(), [{"id": str(n), "title": "x"} for n in range(3)])
        assert connection.scalar(sa.select(sa.func.count()).select_from(songs)) == 3
