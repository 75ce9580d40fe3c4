"""Tables may name Redshift's options before, and after, its dialect is there."""

from __future__ import annotations

import subprocess
import sys

from sqlalchemy.dialects import registry

from sparkify_dwh.redshift import options

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
