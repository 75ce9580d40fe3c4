"""The measurement of the queries works at a tiny size."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.machine import describe
from benchmarks.queries import measure, section, write_page
from benchmarks.sizes import Size
from sparkify_dwh.queries import all_queries


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_query_and_the_report_are_measured(tmp_path: Path) -> None:
    for module in ("altair", "statsmodels", "ua_parser", "vl_convert"):
        pytest.importorskip(module, reason=f"the report needs {module}")
    size = Size("tiny", 3_000, 50, days=30)
    found = measure(tmp_path / "cache", runs=1, size=size)
    assert [row["name"] for row in found["queries"]] == [info.name for info in all_queries()]
    assert all(row["wall"] > 0 and row["cpu"] > 0 for row in found["queries"])
    assert [row["page_mb"] < 3 for row in found["commands"] if "page_mb" in row] == [True, True]
    title, lines = section(found)
    assert f"{found['plays']:,} plays" in title
    page = write_page(found, describe(), tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| `top_songs` | 10 | " in page
    assert lines[0] in page
