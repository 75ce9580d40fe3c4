"""What the pages claim is so: their links lead somewhere, every error has its section."""

import inspect
import json
import re
from pathlib import Path

import pytest

from sparkify_dwh import errors
from sparkify_dwh.feeds.reject import Reason
from tests.docs.markdown import DOCS, PAGES, PROJECT, blocks, page_name, sections, table_rows

RECOVERING = DOCS / "how_to" / "recover_from_errors.md"
FIRST_LOAD = DOCS / "how_to" / "load_into_redshift.md"


def links(page: Path) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    return [link for link in found if not link.startswith(("http://", "https://"))]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made on code hosts."""
    titles = [title for level in range(1, 5) for title in sections(page, level)]
    words = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {word.replace(" ", "-") for word in words}


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_lead_somewhere(page) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_index_names_every_page() -> None:
    index = DOCS / "README.md"
    linked = {(DOCS / link.partition("#")[0]).resolve() for link in links(index)}
    assert {page for page in PAGES if page != index} <= linked


def test_every_error_has_its_section_in_the_order_of_the_module() -> None:
    classes = [
        (inspect.getsourcelines(kind)[1], name)
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.SparkifyError)
    ]
    assert sections(RECOVERING) == [name for _, name in sorted(classes)]


def test_every_reason_of_a_reject_is_explained() -> None:
    told = {word for row in table_rows(RECOVERING, "reason") for word in re.findall(r"\w+", row[0])}
    assert told == {reason.value for reason in Reason}


def actions(policy: dict) -> set[str]:
    found = set()
    for statement in policy["Statement"]:
        action = statement["Action"]
        found |= {action} if isinstance(action, str) else set(action)
    return found


def test_policies_allow_what_is_needed_and_no_more() -> None:
    policies = [json.loads(block.text) for block in blocks(FIRST_LOAD, "json")]
    assert [actions(policy) for policy in policies] == [
        {"s3:ListBucket", "s3:GetObject"},  # the cluster
        {"sts:AssumeRole"},
        {"s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"},  # the machine
        {"redshift:GetClusterCredentials"},
    ]
    for policy in policies:
        for statement in policy["Statement"]:
            assert statement["Effect"] == "Allow"
            assert statement.get("Resource") != "*"
            is_listing = statement["Action"] == "s3:ListBucket"
            assert is_listing == ("Condition" in statement)
    (write,) = [s for s in policies[2]["Statement"] if "s3:PutObject" in s["Action"]]
    assert write["Resource"] == "arn:aws:s3:::sparkify-work/manifests/*"


def test_contributing_says_how_to_regenerate() -> None:
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert "python -m sparkify_dwh.docs_from_models" in text
