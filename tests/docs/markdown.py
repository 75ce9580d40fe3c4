"""Reads the pages of the documentation: their fenced blocks, tables, headings and links."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))

_FENCE = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```$", flags=re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block and the section that it stands in."""

    section: str
    info: str  #: what stands behind the fence, such as "sh" or "sh cluster"
    text: str


def page_name(page: Path) -> str:
    return page.relative_to(PROJECT).as_posix()


def blocks(page: Path, info: str) -> list[Block]:
    return [block for block in all_blocks(page) if block.info == info]


def all_blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        sections = re.findall(r"^## (.*)$", text[: found.start()], flags=re.MULTILINE)
        section = sections[-1] if sections else ""
        yield Block(section, found[2].strip(), textwrap.dedent(found[3]))


def sections(page: Path, level: int = 2) -> list[str]:
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return re.findall(rf"^#{{{level}}} (.*)$", text, flags=re.MULTILINE)


def table_rows(page: Path, first_title: str) -> list[list[str]]:
    """The rows of the table whose first column has this title, without back quotes."""
    lines = page.read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {first_title} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split(" | ")])
    return rows
