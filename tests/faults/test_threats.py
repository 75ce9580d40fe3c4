"""The page on threats names a test for each claim, and these tests exist."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "threats.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 30
    for file, function in named:
        assert f"def {function}(" in (PROJECT / file).read_text(encoding="utf-8"), (file, function)


def test_every_claim_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    claims = [row for row in rows if not row.startswith(("| claim", "| ---"))]
    assert len(claims) > 20
    for claim in claims:
        assert "`tests/" in claim, claim
