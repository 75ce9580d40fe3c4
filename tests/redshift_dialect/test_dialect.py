"""One test for each fault of sqlalchemy-redshift that the dialect removes."""

import subprocess
import sys

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import CompileError, InvalidRequestError
from sqlalchemy.schema import CreateIndex, CreateSequence, CreateTable

from sparkify_dwh.redshift import reflection, register
from sparkify_dwh.redshift.dialect import RedshiftDialect
from tests.redshift_sql import assert_redshift_sql, redshift_sql

METADATA = sa.MetaData()
PLAYS = sa.Table(
    "plays",
    METADATA,
    sa.Column("id", sa.BigInteger, primary_key=True, redshift_identity=(0, 1)),
    sa.Column("user", sa.BigInteger, nullable=False, redshift_encode="az64"),
    sa.Column("start_time", sa.DateTime, redshift_encode="raw", comment=r"UTC \ 'ms' 100%"),
    sa.Column("level", sa.String(16), server_default="free\\"),
    comment="One row per play.",
    redshift_diststyle="KEY",
    redshift_distkey="start_time",
    redshift_sortkey=["start_time", "user"],
)
GONE = sa.Table(
    "gone",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.ForeignKey("plays.id"), primary_key=True),
    redshift_diststyle="auto",
)


def one_line(statement: sa.ClauseElement, **compile_kwargs: object) -> str:
    text = redshift_sql(statement, **compile_kwargs)
    assert_redshift_sql(text)
    return " ".join(text.split())


def table(*columns: sa.Column[object] | sa.Constraint, **kw: object) -> CreateTable:
    return CreateTable(sa.Table("t", sa.MetaData(), *columns, **kw))


def test_delete_with_exists_is_correlated() -> None:
    statement = sa.delete(PLAYS).where(sa.exists().where(GONE.c.id == PLAYS.c.id))
    assert one_line(statement) == (
        "DELETE FROM plays WHERE EXISTS (SELECT * FROM gone WHERE gone.id = plays.id)"
    )


def test_delete_with_not_exists_is_correlated() -> None:
    statement = sa.delete(PLAYS).where(
        ~sa.select(GONE.c.id).where(GONE.c.id == PLAYS.c.id, GONE.c.id > 3).exists()
    )
    assert one_line(statement, literal_binds=True) == (
        "DELETE FROM plays WHERE NOT (EXISTS (SELECT gone.id FROM gone "
        "WHERE gone.id = plays.id AND gone.id > 3))"
    )


def test_delete_by_another_table_uses_using() -> None:
    statement = sa.delete(PLAYS).where(GONE.c.id == PLAYS.c.id)
    assert one_line(statement) == "DELETE FROM plays USING gone WHERE gone.id = plays.id"


def test_delete_of_everything() -> None:
    assert one_line(sa.delete(PLAYS)) == "DELETE FROM plays"


def test_insert_into_a_table_with_identity_renders_no_returning() -> None:
    statement = sa.insert(PLAYS).values(user=1)
    assert one_line(statement) == 'INSERT INTO plays ("user") VALUES (%(user)s)'


def test_insert_of_many_rows_is_one_values_clause() -> None:
    statement = sa.insert(PLAYS).values([{"user": 1}, {"user": 2}])
    assert one_line(statement, literal_binds=True) == ('INSERT INTO plays ("user") VALUES (1), (2)')


@pytest.mark.parametrize("verb", [sa.insert, sa.update, sa.delete])
def test_returning_is_refused(verb: type) -> None:
    with pytest.raises(CompileError, match="no RETURNING"):
        redshift_sql(verb(PLAYS).returning(PLAYS.c.id))


def test_update_from_another_table() -> None:
    statement = sa.update(PLAYS).values(user=GONE.c.id).where(GONE.c.id == PLAYS.c.id)
    assert one_line(statement) == (
        'UPDATE plays SET "user"=gone.id FROM gone WHERE gone.id = plays.id'
    )


def test_create_table_with_layout_identity_and_encodings() -> None:
    assert one_line(CreateTable(PLAYS)) == (
        "CREATE TABLE plays ( "
        "id BIGINT IDENTITY(0,1) NOT NULL, "
        '"user" BIGINT ENCODE AZ64 NOT NULL, '
        "start_time TIMESTAMP WITHOUT TIME ZONE ENCODE RAW, "
        r"level VARCHAR(16) DEFAULT 'free\\', "
        "PRIMARY KEY (id) "
        ') DISTSTYLE KEY DISTKEY (start_time) SORTKEY (start_time, "user")'
    )


def test_diststyle_auto_and_foreign_key() -> None:
    assert one_line(CreateTable(GONE)) == (
        "CREATE TABLE gone ( id BIGINT NOT NULL, PRIMARY KEY (id), "
        "FOREIGN KEY(id) REFERENCES plays (id) ) DISTSTYLE AUTO"
    )


def test_distkey_and_sortkey_may_stand_on_columns() -> None:
    create = table(
        sa.Column("a", sa.Integer, redshift_distkey=True, redshift_sortkey=True),
        sa.Column("b", sa.Integer),
    )
    assert one_line(create) == (
        "CREATE TABLE t ( a INTEGER, b INTEGER ) DISTSTYLE KEY DISTKEY (a) SORTKEY (a)"
    )


def test_create_all_emits_comments_as_statements() -> None:
    emitted: list[str] = []
    register()
    engine = sa.create_mock_engine(
        "redshift+psycopg2://", lambda sql, *a, **kw: emitted.append(redshift_sql(sql))
    )
    METADATA.create_all(engine, checkfirst=False)
    assert emitted[1:3] == [
        "COMMENT ON TABLE plays IS 'One row per play.'",
        r"COMMENT ON COLUMN plays.start_time IS 'UTC \\ ''ms'' 100%%'",
    ]
    for sql in emitted:
        assert_redshift_sql(sql)


def test_backslashes_in_literals_are_doubled() -> None:
    statement = sa.select(sa.literal("it's a \\"))
    assert one_line(statement, literal_binds=True) == r"SELECT 'it''s a \\' AS anon_1"


def test_identity_construct_is_not_dropped() -> None:
    create = table(
        sa.Column("a", sa.BigInteger, sa.Identity(always=True, start=0, increment=2)),
        sa.Column("b", sa.Integer, sa.Identity()),
    )
    assert one_line(create) == (
        "CREATE TABLE t ( a BIGINT IDENTITY(0,2) NOT NULL, "
        "b INTEGER GENERATED BY DEFAULT AS IDENTITY(1,1) NOT NULL )"
    )


@pytest.mark.parametrize(
    ("ddl", "complaint"),
    [
        (table(sa.Column("a", sa.Integer, sa.Sequence("s"))), "no sequences"),
        (CreateSequence(sa.Sequence("s")), "no sequences"),
        (sa.select(sa.Sequence("s").next_value()), "no sequences"),
        (table(sa.Column("a", sa.Integer, sa.Identity(minvalue=1))), "start and an increment"),
        (table(sa.Column("a", sa.String(3), sa.Identity())), "INT or BIGINT"),
        (table(sa.Column("a", sa.Integer, sa.Computed("1"))), "generated columns"),
        (table(sa.Column("a", sa.Integer), sa.CheckConstraint("a > 0")), "CHECK"),
        (table(sa.Column("a", sa.ARRAY(sa.Integer))), "no type for ARRAY"),
        (table(sa.Column("a", sa.JSON)), "no type for JSON"),
        (table(sa.Column("a", sa.Uuid)), "no type for"),
        (table(sa.Column("a", sa.LargeBinary)), "no type for"),
        (
            CreateIndex(
                sa.Index("i", sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer)).c.a)
            ),
            "no indexes",
        ),
    ],
)
def test_what_redshift_lacks_is_refused(ddl: sa.ClauseElement, complaint: str) -> None:
    with pytest.raises(CompileError, match=complaint):
        redshift_sql(ddl)


def test_ordinary_urls_load_this_dialect() -> None:
    for url in ("redshift://u@h/d", "redshift+psycopg2://u@h/d"):
        engine = sa.create_engine(url)
        assert type(engine.dialect) is RedshiftDialect
        assert engine.dialect.supports_statement_cache


def test_registration_survives_an_import_of_sqlalchemy_redshift() -> None:
    program = (
        "from sparkify_dwh.redshift import register; register(); register()\n"
        "import sqlalchemy_redshift.dialect, sqlalchemy as sa\n"
        "print(type(sa.create_engine('redshift://u@h/d').dialect).__module__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "sparkify_dwh.redshift.dialect"


def test_connections_verify_the_server_by_default() -> None:
    dialect = RedshiftDialect()
    _, default = dialect.create_connect_args(sa.make_url("redshift://u@h/d"))
    assert default["sslmode"] == "verify-full"
    _, chosen = dialect.create_connect_args(sa.make_url("redshift://u@h/d?sslmode=disable"))
    assert chosen["sslmode"] == "disable"


def test_savepoints_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match="no SAVEPOINT"):
        RedshiftDialect().do_savepoint(None, "s")


def test_the_catalogue_is_read_in_redshifts_sql() -> None:
    for query in (reflection._RELATIONS, reflection._COLUMNS, reflection._CONSTRAINTS):
        assert_redshift_sql(query)
    assert_redshift_sql(reflection._HAS_TABLE)


def test_identity_defaults_are_recognised() -> None:
    for default in (
        "\"identity\"(445178, 0, '0,1'::text)",
        "\"default_identity\"(445178, 0, '5,-2'::text)",
    ):
        assert reflection._IDENTITY.search(default)
    assert not reflection._IDENTITY.search("'identity'::character varying")


def test_names_in_constraint_definitions_lose_their_quotes() -> None:
    definition = 'FOREIGN KEY ("user", "a ""b"", c", d) REFERENCES "t (x)"(id, "Two")'
    assert reflection._column_lists(definition) == [["user", 'a "b", c', "d"], ["id", "Two"]]
