"""The tables: one declaration for both engines, with all that Redshift wants to know."""

import pytest
import sqlalchemy as sa

from sparkify_dwh.tables import metadata


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_table_and_column_has_a_comment(table) -> None:
    assert table.comment
    assert [column.name for column in table.columns if not column.comment] == []


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_column_pins_an_encoding_and_every_table_a_distribution(table) -> None:
    assert [c.name for c in table.columns if not c.dialect_options["redshift"]["encode"]] == []
    assert table.dialect_options["redshift"]["diststyle"] in {"ALL", "EVEN", "KEY"}


def test_sort_keys_are_stored_raw() -> None:
    for table in metadata.sorted_tables:
        name = table.dialect_options["redshift"]["sortkey"]
        if name:
            assert table.c[name].dialect_options["redshift"]["encode"] == "raw", table.name


def test_text_columns_are_sized_in_bytes() -> None:
    sizes = {
        column.type.length
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.String)
    }
    assert None not in sizes
    assert max(sizes) <= 65535
