"""What a layout pins, how it differs, and the statements that alter it."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from sparkify_dwh.redshift.layout import Layout, layout_of
from sparkify_dwh.redshift.layout_ddl import alter_layout
from tests.redshift_sql import assert_redshift_sql, redshift_sql


def table(**options: object) -> sa.Table:
    columns = [sa.Column("a", sa.Integer), sa.Column("user", sa.Integer)]
    return sa.Table("t", sa.MetaData(), *columns, **options)


def statements(wanted: Layout, **options: object) -> list[str]:
    found = [redshift_sql(statement) for statement in alter_layout(table(**options), wanted)]
    for sql in found:
        assert_redshift_sql(sql, in_transaction=False)
    return found


def test_a_table_without_options_pins_nothing() -> None:
    assert layout_of(table()).is_empty
    assert layout_of(table()) == Layout()


def test_a_distkey_alone_means_diststyle_key() -> None:
    assert layout_of(table(redshift_distkey="a")) == Layout(diststyle="KEY", distkey="a")


def test_one_name_is_a_sort_key_of_one_column() -> None:
    assert layout_of(table(redshift_sortkey="a")) == layout_of(table(redshift_sortkey=["a"]))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"redshift_diststyle": "KEY"}, "goes with a DISTKEY"),
        ({"redshift_diststyle": "ALL", "redshift_distkey": "a"}, "no other DISTSTYLE"),
        ({"redshift_diststyle": "SOME"}, "does not exist"),
        ({"redshift_distkey": "nope"}, "no column 'nope'"),
        ({"redshift_sortkey": ["a", "nope"]}, "no column 'nope'"),
        ({"redshift_sortkey": "a", "redshift_interleaved_sortkey": "a"}, "more than one SORTKEY"),
    ],
)
def test_a_layout_that_contradicts_itself_is_refused(
    options: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ArgumentError, match=complaint):
        layout_of(table(**options))


def test_two_distkeys_are_refused() -> None:
    twice = sa.Table(
        "t",
        sa.MetaData(),
        sa.Column("a", sa.Integer, redshift_distkey=True),
        sa.Column("b", sa.Integer),
        redshift_distkey="b",
    )
    with pytest.raises(ArgumentError, match="more than one DISTKEY"):
        layout_of(twice)


def test_only_what_is_pinned_differs() -> None:
    actual = Layout.of(diststyle="EVEN", sortkey="a", encodings={"a": "lzo", "b": "lzo"})
    assert Layout().differing_from(actual).is_empty
    assert Layout.of(encodings={"a": "ZSTD"}).differing_from(actual) == Layout.of(
        encodings={"a": "zstd"}
    )
    assert Layout.of(diststyle="auto").differing_from(actual) == Layout(diststyle="AUTO")
    assert Layout.of(sortkey=["a"]).differing_from(actual).is_empty


def test_the_restored_layout_of_an_unsorted_table_has_no_sort_key() -> None:
    actual = Layout.of(diststyle="EVEN", encodings={"a": "raw", "b": "raw"})
    wanted = Layout.of(sortkey="a", encodings={"a": "az64"})
    assert actual.same_aspects(wanted) == Layout(sortkey="NONE", encodings={"a": "raw"})


def test_alter_statements_in_order() -> None:
    wanted = Layout.of(distkey="user", sortkey=["a", "user"], encodings={"user": "az64"})
    assert statements(wanted, schema="dwh") == [
        'ALTER TABLE dwh.t ALTER DISTSTYLE KEY DISTKEY "user"',
        'ALTER TABLE dwh.t ALTER COMPOUND SORTKEY (a, "user")',
        'ALTER TABLE dwh.t ALTER COLUMN "user" ENCODE AZ64',
    ]


@pytest.mark.parametrize("style", ["AUTO", "EVEN", "ALL"])
def test_alter_diststyle(style: str) -> None:
    assert statements(Layout(diststyle=style)) == [f"ALTER TABLE t ALTER DISTSTYLE {style}"]


@pytest.mark.parametrize("word", ["AUTO", "NONE"])
def test_alter_sort_key_to_a_word(word: str) -> None:
    assert statements(Layout.of(sortkey=word.lower())) == [f"ALTER TABLE t ALTER SORTKEY {word}"]


def test_an_interleaved_sort_key_cannot_be_altered_to() -> None:
    with pytest.raises(ArgumentError, match="INTERLEAVED"):
        alter_layout(table(), Layout.of(sortkey="a", interleaved=True))


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(ArgumentError, match="ENCODE gzip"):
        alter_layout(table(), Layout.of(encodings={"a": "gzip"}))
