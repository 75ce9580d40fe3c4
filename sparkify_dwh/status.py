"""What the warehouse holds right now, as a value."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from sparkify_dwh import tables
from sparkify_dwh.display import html_facts, shown_url, text_table
from sparkify_dwh.queries.loading import rejects_by_file, rejects_by_reason
from sparkify_dwh.schema import HEAD, current_revision
from sparkify_dwh.statements.accounting import row_counts
from sparkify_dwh.statements.publish import STAR

#: Files with rejects that are told by name.
_FILES_TOLD = 10


@dataclass(frozen=True, slots=True)
class Status:
    """What the warehouse holds; where the schema is not at head, nothing but its revision."""

    url: str  #: of the database, the password hidden
    revision: str | None  #: None when there is no schema yet
    head: str  #: the revision that this version of the library needs
    rows: dict[str, int] = field(default_factory=dict)  #: of each table of the star
    loads: int = 0  #: committed loads
    last_load: dict[str, Any] | None = None  #: the row of load_runs, None without a load
    files: dict[str, int] = field(default_factory=dict)  #: loaded file versions by feed
    rejects: int = 0  #: records that loads have left out
    reject_reasons: dict[str, int] = field(default_factory=dict)  #: of them, by reason
    reject_files: dict[str, int] = field(default_factory=dict)  #: by URI, of the worst ten

    @property
    def is_at_head(self) -> bool:
        """Whether the schema is the one of this version of the library."""
        return self.revision == self.head

    def facts(self) -> dict[str, Any]:
        """Return what is known, by the name that people give it."""
        facts: dict[str, Any] = {"database": self.url, "revision": self._revision_in_words()}
        if not self.is_at_head:
            return facts
        facts["loads"] = self.loads
        if self.last_load is not None:
            facts["last load"] = f"{_minute(self.last_load['finished_at'])} UTC"
            facts["its run"] = self.last_load["run_id"]
        facts |= {f"{feed} files": f"{number:,}" for feed, number in self.files.items()}
        facts["rejects"] = f"{self.rejects:,}"
        if self.rejects:
            facts["by reason"] = _listed(self.reject_reasons.items())
            facts["by file"] = _listed(
                (uri.rpartition("/")[2], number) for uri, number in self.reject_files.items()
            )
        return facts | {table: f"{number:,}" for table, number in self.rows.items()}

    def as_json(self) -> dict[str, Any]:
        """Return the status as an object for JSON."""
        last_load = {
            name: value.isoformat() if isinstance(value, dt.datetime) else value
            for name, value in (self.last_load or {}).items()
        }
        return {
            "url": self.url,
            "revision": self.revision,
            "head": self.head,
            "rows": self.rows,
            "loads": self.loads,
            "last_load": last_load or None,
            "files": self.files,
            "rejects": self.rejects,
            "reject_reasons": self.reject_reasons,
            "reject_files": self.reject_files,
        }

    def _revision_in_words(self) -> str:
        if self.is_at_head:
            return f"{self.revision} (head)"
        return f"{self.revision or 'no schema yet'}; run: alembic upgrade head"

    def __repr__(self) -> str:
        if not self.is_at_head:
            return f"<Status revision {self.revision}, head is {self.head}>"
        return f"<Status {self.rows.get('songplays', 0):,} plays, {self.loads:,} loads>"

    def __str__(self) -> str:
        return text_table(("", "status"), list(self.facts().items()))

    def _repr_html_(self) -> str:
        return html_facts(self.facts(), caption="Warehouse")


def read_status(engine: Engine) -> Status:
    """Read the status of the database, in one transaction.

    Raises:
        sqlalchemy.exc.DBAPIError: What the driver raised.
    """
    with engine.connect() as connection:
        revision = current_revision(connection)
        known = _known(connection) if revision == HEAD else {}
    return Status(url=shown_url(engine.url), revision=revision, head=HEAD, **known)


def _known(connection: Connection) -> dict[str, Any]:
    runs, files, rejects = tables.load_runs, tables.load_files, tables.load_rejects
    number = connection.execute(row_counts((*STAR, runs, rejects))).one()._mapping
    last = connection.execute(
        select(runs)
        .order_by(runs.c.finished_at.desc().nulls_last(), runs.c.run_id.asc().nulls_last())
        .limit(1)
    ).first()
    of_feed = (
        select(files.c.feed, func.count())
        .group_by(files.c.feed)
        .order_by(files.c.feed.asc().nulls_last())
    )
    found = {
        "rows": {table.name: number[table.name] for table in STAR},
        "loads": number[runs.name],
        "last_load": None if last is None else dict(last._mapping),
        "files": {row[0]: row[1] for row in connection.execute(of_feed)},
        "rejects": number[rejects.name],
    }
    return found | _rejects(connection) if found["rejects"] else found


def _rejects(connection: Connection) -> dict[str, Any]:
    """Count what was left out by reason and by file, most records first."""
    reasons: Counter[str] = Counter()
    for row in connection.execute(rejects_by_reason()):
        reasons[row.reason] += row.records
    files: Counter[str] = Counter()
    for row in connection.execute(rejects_by_file(n=_FILES_TOLD)):
        files[row.uri] += row.records
    return {"reject_reasons": dict(reasons.most_common()), "reject_files": dict(files)}


def _listed(numbers: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in numbers)


def _minute(moment: dt.datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")
