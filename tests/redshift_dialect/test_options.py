"""The ``redshift_*`` options are known without the dialect, and are those of the dialect."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, exc, make_url
from sqlalchemy.dialects import registry
from sqlalchemy_redshift.dialect import RedshiftDialectMixin

from sparkify_dwh.redshift import options, register
from sparkify_dwh.redshift.dialect import RedshiftDialect

SCRIPT = """
import sys
from sqlalchemy import Column, Integer, MetaData, Table, create_engine
from sqlalchemy.schema import CreateTable
from sparkify_dwh.redshift import options

options.declare()
table = Table("t", MetaData(), Column("a", Integer, redshift_encode="az64"), redshift_distkey="a")
assert "alembic" not in sys.modules
from sparkify_dwh.redshift import register
register()
print(CreateTable(table).compile(create_engine("redshift+psycopg2://")))
"""


def test_options_are_those_of_sqlalchemy_redshift() -> None:
    assert dict(options.RedshiftOptions.construct_arguments) == dict(
        RedshiftDialectMixin.construct_arguments
    )


def test_unknown_option_is_refused() -> None:
    with pytest.raises(exc.ArgumentError, match="diststile"):
        Table("t", MetaData(), Column("a", Integer), redshift_diststile="ALL")


def test_dialect_that_was_registered_stays_so() -> None:
    register()
    options.declare()
    assert make_url("redshift://u@h/d").get_dialect() is RedshiftDialect
    assert make_url("redshift+psycopg2://u@h/d").get_dialect() is RedshiftDialect


def test_dialect_that_was_not_registered_is_still_to_be_found() -> None:
    """In a process of its own: whoever makes an engine without this package has the usual one."""
    program = (
        "import sparkify_dwh.tables\n"
        "from sqlalchemy import make_url\n"
        "print(make_url('redshift://u@h/d').get_dialect().__module__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "sqlalchemy_redshift.dialect\n"


def test_load_into_duckdb_goes_without_what_it_does_not_need() -> None:
    """Each would cost a good part of what a small load takes."""
    unneeded = ["alembic", "sqlalchemy_redshift", "psycopg2", "pandas", "sqlalchemy.orm"]
    program = (
        "import runpy, sys\n"
        "from contextlib import suppress\n"
        "with suppress(SystemExit):\n"
        "    runpy.run_module('sparkify_dwh.load', run_name='__main__')\n"
        f"print([name for name in {unneeded} if sys.modules.get(name)], file=sys.stderr)"
    )
    upgrade = "from sparkify_dwh import schema; schema.upgrade()"
    subprocess.run([sys.executable, "-c", upgrade], capture_output=True, check=True, timeout=60)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert "songplays" in done.stdout
    assert done.stderr.endswith("[]\n")


def test_a_table_keeps_its_options_until_the_dialect_comes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "ENCODE AZ64" in done.stdout
    assert "DISTKEY (a)" in done.stdout


def test_a_dialect_that_is_registered_stays() -> None:
    def load() -> type:
        raise AssertionError("nobody asks for it")

    before = registry.impls.get("redshift")
    registry.impls["redshift"] = load
    try:
        options.declare()
        assert registry.impls["redshift"] is load
    finally:
        registry.deregister("redshift")
        if before is not None:
            registry.impls["redshift"] = before
