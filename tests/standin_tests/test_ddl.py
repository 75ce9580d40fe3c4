"""CREATE TABLE, ALTER TABLE and DROP with the options of Redshift."""

import pytest

from .conftest import Client, Connect


def columns(db: Client, table: str = "t") -> dict[str, tuple[object, ...]]:
    rows = db(
        'SELECT "column", type, encoding, distkey, sortkey, "notnull" FROM pg_table_def'
        f" WHERE tablename = '{table}'"
    )
    return {row[0]: row[1:] for row in rows}


def test_table_options_are_taken_and_shown(db: Client) -> None:
    db(
        "CREATE TABLE t (id BIGINT IDENTITY(0, 1) NOT NULL ENCODE az64 PRIMARY KEY,"
        " k INTEGER ENCODE raw, name VARCHAR(30) ENCODE zstd, note TEXT, at TIMESTAMP)"
        " BACKUP NO DISTSTYLE KEY DISTKEY (k) COMPOUND SORTKEY (at, k)"
    )
    assert columns(db) == {
        "id": ("bigint", "az64", False, 0, True),
        "k": ("integer", "none", True, 2, False),
        "name": ("character varying(30)", "zstd", False, 0, False),
        "note": ("character varying(256)", "lzo", False, 0, False),
        "at": ("timestamp without time zone", "none", False, 1, False),
    }


def test_column_keys_are_taken(db: Client) -> None:
    db("CREATE TABLE t (a INT DISTKEY SORTKEY, b FLOAT)")
    assert columns(db)["a"] == ("integer", "none", True, 1, False)
    assert columns(db)["b"][1] == "none"


def test_interleaved_sort_keys_alternate_in_sign(db: Client) -> None:
    db("CREATE TABLE t (a INT, b INT, c INT) INTERLEAVED SORTKEY (a, b, c)")
    assert [row[3] for row in columns(db).values()] == [1, -2, 3]


def test_options_are_gone_after_a_rollback(db: Client) -> None:
    db("CREATE TABLE t (a INT) DISTSTYLE ALL")
    db.rollback()
    db("CREATE TABLE t (a INT SORTKEY)")
    db("INSERT INTO t VALUES (1)")
    assert db("SELECT diststyle, sortkey1 FROM svv_table_info") == [("AUTO(ALL)", "a")]


@pytest.mark.parametrize(
    ("options", "diststyle"),
    [
        ("DISTSTYLE EVEN", "EVEN"),
        ("DISTSTYLE ALL", "ALL"),
        ("DISTKEY (a)", "KEY(a)"),
        ("DISTSTYLE AUTO", "AUTO(ALL)"),
        ("", "AUTO(ALL)"),
    ],
)
def test_distribution_styles(db: Client, options: str, diststyle: str) -> None:
    db(f"CREATE TABLE t (a INT) {options}")
    assert db.value("SELECT count(*) FROM svv_table_info") == 0  # empty tables are left out
    db("INSERT INTO t VALUES (1)")
    assert db("SELECT diststyle, tbl_rows FROM svv_table_info") == [(diststyle, 1)]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (a INT DISTKEY, b INT DISTKEY)",
        "CREATE TABLE t (a INT) DISTSTYLE KEY",
        "CREATE TABLE t (a INT) DISTSTYLE ALL DISTKEY (a)",
        "CREATE TABLE t (a INT) DISTSTYLE SOME",
        "CREATE TABLE t (a INT ENCODE zip)",
        "CREATE TABLE t (a INT) SORTKEY (b)",
        "CREATE TABLE t (a INT) SORTKEY (a) SORTKEY (a)",
        "CREATE TABLE t (a VARCHAR(65536))",
        "CREATE TABLE t (a INT, tag INT)",
        "CREATE TABLE t (a INT) PARTITION BY RANGE (a)",
    ],
)
def test_wrong_options_are_refused(db: Client, sql: str) -> None:
    db.refused(sql)


def test_varchar_sizes(db: Client) -> None:
    db("CREATE TABLE t (a VARCHAR, b VARCHAR(MAX), c TEXT, d CHAR, e NVARCHAR(5), f DECIMAL)")
    assert [row[0] for row in columns(db).values()] == [
        "character varying(256)",
        "character varying(65535)",
        "character varying(256)",
        "character(1)",
        "character varying(5)",
        "numeric(18,0)",
    ]


@pytest.mark.parametrize("kind", ["VARCHAR(4)", "CHAR(4)"])
def test_text_is_measured_in_bytes(db: Client, kind: str) -> None:
    db(f"CREATE TABLE t (a {kind})")
    db.commit()
    db("INSERT INTO t VALUES ('abcd')")
    db.commit()
    for text in ("abcde", "abcé"):
        error = db.refused(f"INSERT INTO t VALUES ('{text}')")
        assert error.pgcode == "22001"
        assert "value too long for type character" in str(error)
    assert db.value("SELECT 'abcde'::varchar(4)") == "abcd"


def test_keys_are_recorded_and_not_enforced(db: Client) -> None:
    db("CREATE TABLE p (id INT PRIMARY KEY, code VARCHAR(9) UNIQUE)")
    db("CREATE TABLE t (id INT, p INT REFERENCES p (id), UNIQUE (id, p))")
    db("INSERT INTO p VALUES (1, 'x'), (1, 'x')")
    db("INSERT INTO t VALUES (1, 99), (1, 99)")
    assert db.value("SELECT count(*) FROM t") == 2
    names = db("SELECT conname FROM pg_constraint WHERE contype IN ('p', 'u', 'f') ORDER BY 1")
    assert [row[0] for row in names] == ["p_code_key", "p_pkey", "t_id_key", "t_p_fkey"]


def test_not_null_is_enforced_also_by_a_primary_key(db: Client) -> None:
    db("CREATE TABLE t (a INT PRIMARY KEY, b INT NOT NULL)")
    db.commit()
    assert db.refused("INSERT INTO t (b) VALUES (1)").pgcode == "23502"
    assert db.refused("INSERT INTO t (a) VALUES (1)").pgcode == "23502"


def test_identity_is_unique_with_gaps_and_without_order(auto: Client) -> None:
    auto("CREATE TABLE t (id BIGINT IDENTITY(1, 1), a INT)")
    auto("INSERT INTO t (a) SELECT 1 FROM pg_class LIMIT 50")
    ids = [row[0] for row in auto("SELECT id FROM t")]
    assert len(set(ids)) == len(ids) == 50
    assert ids != sorted(ids)
    assert max(ids) > 50
    auto("INSERT INTO t (id, a) VALUES (DEFAULT, 2)")
    for sql in ("INSERT INTO t (id, a) VALUES (7, 2)", "UPDATE t SET id = 3"):
        assert "cannot set an identity column to a value" in str(auto.refused(sql))


def test_identity_by_default_takes_a_value(db: Client) -> None:
    db("CREATE TABLE t (id BIGINT GENERATED BY DEFAULT AS IDENTITY(5, 5), a INT)")
    db("INSERT INTO t VALUES (7, 1)")
    db("INSERT INTO t (a) VALUES (1)")
    assert sorted(db("SELECT id FROM t")) == [(5,), (7,)]


def test_temporary_like_and_ctas(db: Client) -> None:
    db("CREATE TABLE s (a INT NOT NULL SORTKEY, b VARCHAR(5) DISTKEY PRIMARY KEY)")
    db("CREATE TEMP TABLE t (LIKE s)")
    assert columns(db)["a"] == ("integer", "none", False, 1, True)
    assert columns(db)["b"][2] is True
    db("CREATE TABLE c DISTKEY (b) SORTKEY (b) AS SELECT a, b FROM s")
    assert columns(db, "c")["b"] == ("character varying(5)", "none", True, 1, False)
    db("CREATE TABLE d (x) AS SELECT a FROM s")
    assert list(columns(db, "d")) == ["x"]
    # A key of the pattern is no key of the copy.
    assert db("SELECT conname FROM pg_constraint") == [("s_pkey",)]


def test_bytes_are_measured_in_copies_too(db: Client) -> None:
    db("CREATE TABLE s (b VARCHAR(2))")
    db("CREATE TEMP TABLE t (LIKE s)")
    assert db.refused("INSERT INTO t VALUES ('éé')").pgcode == "22001"


def test_layout_is_altered_in_autocommit(auto: Client) -> None:
    auto("CREATE TABLE t (a INT, b VARCHAR(5))")
    auto("ALTER TABLE t ALTER DISTSTYLE KEY DISTKEY a")
    auto("ALTER TABLE t ALTER COMPOUND SORTKEY (b, a)")
    auto("ALTER TABLE t ALTER COLUMN b ENCODE zstd")
    auto("ALTER TABLE t ALTER COLUMN b TYPE VARCHAR(20)")
    assert columns(auto) == {
        "a": ("integer", "none", True, 2, False),
        "b": ("character varying(20)", "zstd", False, 1, False),
    }
    auto("INSERT INTO t VALUES (1, 'éééééééééé')")
    auto("ALTER TABLE t ALTER SORTKEY NONE")
    auto("ALTER TABLE t ALTER DISTSTYLE ALL")
    assert columns(auto)["a"][2:4] == (False, 0)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER DISTSTYLE ALL",
        "ALTER SORTKEY (a)",
        "ALTER COLUMN b ENCODE zstd",
        "ALTER COLUMN b TYPE VARCHAR(20)",
    ],
)
def test_layout_is_not_altered_in_a_transaction(db: Client, change: str) -> None:
    db("CREATE TABLE t (a INT, b VARCHAR(5))")
    db.commit()
    error = db.refused(f"ALTER TABLE t {change}")
    assert error.pgcode == "25001"
    assert "cannot run inside a transaction block" in str(error)


@pytest.mark.parametrize("column", ["b BYTEDICT", "c TEXT255"])
def test_some_encodings_keep_a_column_from_growing(auto: Client, column: str) -> None:
    name, encoding = column.split()
    auto(f"CREATE TABLE t ({name} VARCHAR(5) ENCODE {encoding})")
    assert encoding in str(auto.refused(f"ALTER TABLE t ALTER {name} TYPE VARCHAR(9)"))


def test_columns_and_constraints_are_added_and_dropped(db: Client) -> None:
    db("CREATE TABLE t (a INT NOT NULL)")
    db("ALTER TABLE t ADD COLUMN b VARCHAR(3) DEFAULT 'x' NOT NULL ENCODE zstd")
    db("ALTER TABLE t ADD CONSTRAINT mine PRIMARY KEY (a)")
    assert db("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint") == [
        ("mine", "PRIMARY KEY (a)")
    ]
    db("ALTER TABLE t DROP CONSTRAINT mine")
    db("ALTER TABLE t RENAME COLUMN b TO c")
    assert columns(db)["c"][1] == "zstd"
    db("ALTER TABLE t DROP COLUMN c")
    assert list(columns(db)) == ["a"]
    db("ALTER TABLE t RENAME TO u")
    assert list(columns(db, "u")) == ["a"]


@pytest.mark.parametrize(
    "change",
    [
        "ADD COLUMN b INT, ADD COLUMN c INT",
        "ADD COLUMN b INT NOT NULL",
        "ADD COLUMN b INT IDENTITY(0, 1)",
        "ALTER COLUMN a SET NOT NULL",
        "ALTER COLUMN a SET DEFAULT 1",
        "ALTER COLUMN a TYPE BIGINT",
        "ADD CHECK (a > 0)",
        "DROP CONSTRAINT nothing",
        "SET SCHEMA other",
    ],
)
def test_other_changes_are_refused(auto: Client, change: str) -> None:
    auto("CREATE TABLE t (a INT)")
    auto.refused(f"ALTER TABLE t {change}")


def test_a_table_with_dependants_is_dropped_with_cascade_only(db: Client) -> None:
    db("CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (p INT REFERENCES p)")
    db.commit()
    assert db.refused("DROP TABLE p").pgcode == "2BP01"
    db("DROP TABLE p CASCADE")
    assert db("SELECT conname FROM pg_constraint") == []


def test_foreign_keys_need_a_key_to_refer_to(db: Client) -> None:
    db("CREATE TABLE p (id INT)")
    db.commit()
    assert db.refused("CREATE TABLE t (p INT REFERENCES p (id))").pgcode == "42830"
    assert db.refused("CREATE TABLE t (p INT REFERENCES nothing (id))").pgcode == "42P01"


def test_key_columns_are_not_dropped(db: Client) -> None:
    db("CREATE TABLE t (a INT SORTKEY, b INT DISTKEY, c INT)")
    db.commit()
    db.refused("ALTER TABLE t DROP COLUMN a")
    db.refused("ALTER TABLE t DROP COLUMN b")
    db("DROP TABLE t")


def test_late_binding_view(db: Client) -> None:
    db("CREATE TABLE t (a INT)")
    db("CREATE VIEW v AS SELECT a, len('x') AS n FROM t WITH NO SCHEMA BINDING")
    assert db("SELECT * FROM v") == []


def test_only_the_owner_alters(db: Client, connect: Connect) -> None:
    db("CREATE TABLE t (a INT)")
    db.commit()
    assert connect("reader", autocommit=True).refused("ALTER TABLE t ALTER SORTKEY (a)").pgcode == (
        "42501"
    )
