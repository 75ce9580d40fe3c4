"""Migrations for Redshift as the script that ``alembic upgrade --sql`` prints."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.util import CommandError

from tests.redshift_dialect.conftest import Migrations
from tests.redshift_sql import assert_redshift_sql

MakeMigrations = Callable[[sa.MetaData], Migrations]

CREATE = """
op.create_table(
    "plays",
    sa.Column("id", sa.BigInteger, nullable=False, redshift_identity=(0, 1)),
    sa.Column("level", sa.String(16), comment="100% free", redshift_encode="zstd"),
    sa.PrimaryKeyConstraint("id"),
    comment="One row per play.",
    redshift_diststyle="AUTO",
    redshift_sortkey=["id"],
)
"""


def statements(script: str) -> list[str]:
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    return [" ".join(s.split()) for s in "\n".join(lines).split(";") if s.strip()]


def test_the_script_of_a_migration(migrations: MakeMigrations) -> None:
    folder = migrations(sa.MetaData())
    folder.write("0001", None, CREATE)
    found = statements(folder.script())
    assert found == [
        "BEGIN",
        (
            "CREATE TABLE alembic_version ( version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num) )"
        ),
        (
            "CREATE TABLE plays ( id BIGINT IDENTITY(0,1) NOT NULL, "
            "level VARCHAR(16) ENCODE ZSTD, PRIMARY KEY (id) ) DISTSTYLE AUTO SORTKEY (id)"
        ),
        "COMMENT ON TABLE plays IS 'One row per play.'",
        "COMMENT ON COLUMN plays.level IS '100% free'",
        "INSERT INTO alembic_version (version_num) VALUES ('0001')",
        "COMMIT",
    ]
    for sql in found:
        assert_redshift_sql(sql)


def test_layout_and_widening_run_outside_of_the_transaction(migrations: MakeMigrations) -> None:
    folder = migrations(sa.MetaData())
    folder.write("0001", None, CREATE)
    folder.write(
        "0002",
        "0001",
        """
        op.alter_table_layout(
            "plays", diststyle="KEY", distkey="id", sortkey="AUTO", encodings={"level": "lzo"}
        )
        op.alter_column(
            "plays", "level", existing_type=sa.String(16), type_=sa.String(32), comment="Wide."
        )
        op.alter_column("plays", "level", new_column_name="user")
        op.add_column("plays", sa.Column("n", sa.Integer, nullable=False, server_default="0"))
        op.create_foreign_key("plays_n_fkey", "plays", "others", ["n"], ["id"])
        """,
    )
    found = statements(folder.script(revision="0001:0002"))
    assert found == [
        "BEGIN",
        "COMMIT",
        "ALTER TABLE plays ALTER DISTSTYLE KEY DISTKEY id",
        "ALTER TABLE plays ALTER SORTKEY AUTO",
        "ALTER TABLE plays ALTER COLUMN level ENCODE LZO",
        "BEGIN",
        "COMMIT",
        "ALTER TABLE plays ALTER COLUMN level TYPE VARCHAR(32)",
        "BEGIN",
        "COMMENT ON COLUMN plays.level IS 'Wide.'",
        'ALTER TABLE plays RENAME COLUMN level TO "user"',
        "ALTER TABLE plays ADD COLUMN n INTEGER DEFAULT '0' NOT NULL",
        "ALTER TABLE plays ADD CONSTRAINT plays_n_fkey FOREIGN KEY(n) REFERENCES others (id)",
        "UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001'",
        "COMMIT",
    ]
    for sql in found:
        assert_redshift_sql(sql, in_transaction=False)


@pytest.mark.parametrize(
    ("operation", "complaint"),
    [
        ('op.alter_column("t", "a", nullable=True)', "NOT NULL cannot be set"),
        ('op.alter_column("t", "a", server_default="x")', "default of a column cannot"),
        ('op.alter_column("t", "a", type_=sa.String(9))', "say existing_type"),
        (
            'op.alter_column("t", "a", existing_type=sa.String(9), type_=sa.String(8))',
            r"VARCHAR\(9\) cannot shrink to 8",
        ),
        (
            'op.alter_column("t", "a", existing_type=sa.Integer(), type_=sa.String(8))',
            "only a VARCHAR can be widened",
        ),
        (
            'op.alter_column("t", "a", existing_type=sa.String(8), type_=sa.Text())',
            "only a VARCHAR can be widened",
        ),
        ('op.add_column("t", sa.Column("a", sa.Integer, nullable=False))', "server_default only"),
        ('op.add_column("t", sa.Column("a", sa.Integer, redshift_identity=(0, 1)))', "IDENTITY"),
        ('op.create_index("i", "t", ["a"])', "no indexes"),
        ('op.drop_index("i", "t")', "no indexes"),
        ('op.create_check_constraint("c", "t", "a > 0")', "no CHECK"),
        ('op.create_table("t", sa.Column("a", sa.Integer, sa.Sequence("s")))', "no sequences"),
        ('op.alter_table_layout("t", encodings={"a": "gzip"})', "ENCODE gzip"),
        ('op.alter_table_layout("t", diststyle="KEY")', "goes with a DISTKEY"),
    ],
)
def test_what_redshift_cannot_do_fails_when_it_is_run(
    migrations: MakeMigrations, operation: str, complaint: str
) -> None:
    folder = migrations(sa.MetaData())
    folder.write("0001", None, operation)
    with pytest.raises((CommandError, sa.exc.SQLAlchemyError), match=complaint):
        folder.script()


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ([sa.Column("a", sa.Integer, index=True)], "no indexes"),
        ([sa.Column("a", sa.Integer), sa.CheckConstraint("a > 0")], "no CHECK"),
        ([sa.Column("a", sa.Integer, sa.Sequence("s"))], "no sequences"),
        ([sa.Column("a", sa.ARRAY(sa.Integer))], "no type for ARRAY"),
        ([sa.Column("a", sa.Integer, redshift_encode="gzip")], "ENCODE gzip"),
    ],
)
def test_what_redshift_cannot_do_fails_when_it_is_generated(
    migrations: MakeMigrations, columns: list[sa.Column[object]], complaint: str
) -> None:
    metadata = sa.MetaData()
    sa.Table("t", metadata, *columns)
    with pytest.raises(CommandError, match=complaint):
        migrations(metadata).generate("0001")
