"""What a check found, as a value."""

from dataclasses import dataclass, field
from typing import Any

from sparkify_dwh.statements.proofs import Kind, Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One proof and its offending rows."""

    kind: Kind
    name: str
    severity: Severity
    offending: int  #: rows, or keys, that break the promise
    sample: tuple[dict[str, Any], ...]  #: the first of them
    sql: str  #: the query, to look for oneself
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether no row breaks the promise."""
        return self.offending == 0


@dataclass(frozen=True, slots=True)
class TableSample:
    """A table's size, its first rows, and how long they took to read."""

    table: str
    rows: int
    sample: tuple[dict[str, Any], ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Rejects:
    """The records that loads have left out: rows of the queries of these names."""

    by_reason: tuple[dict[str, Any], ...] = ()
    by_file: tuple[dict[str, Any], ...] = ()  #: the first ones, most records first

    @property
    def records(self) -> int:
        """How many records were left out."""
        return sum(row["records"] for row in self.by_reason)


@dataclass(frozen=True, slots=True)
class Audit:
    """The source held against the ledger; counts of files, and the first names of each kind."""

    feed: str
    location: str
    known: int = 0  #: in the source and in the ledger
    new: tuple[str, ...] = ()  #: in the source, not in the ledger
    changed: tuple[str, ...] = ()  #: in both, with another version now
    lost: tuple[str, ...] = ()  #: in the ledger, not in the source any more
    error: str | None = None  #: why the source could not be listed


@dataclass(frozen=True, slots=True, repr=False)
class CheckReport:
    """All that a check found."""

    findings: tuple[Finding, ...]
    tables: tuple[TableSample, ...]
    rejects: Rejects = field(default=Rejects())
    audits: tuple[Audit, ...] = field(default=())

    @property
    def violations(self) -> tuple[Finding, ...]:
        """The promises that do not hold."""
        return tuple(
            finding
            for finding in self.findings
            if not finding.holds and finding.severity is Severity.ERROR
        )

    @property
    def is_sound(self) -> bool:
        """Whether every promise holds; unexpected values and new files are no violation."""
        return not self.violations

    def __repr__(self) -> str:
        """Say in one line whether the warehouse is sound."""
        held = sum(finding.holds for finding in self.findings)
        verdict = "sound" if self.is_sound else "NOT sound"
        return f"<CheckReport {verdict}: {held} of {len(self.findings)} promises hold>"

    def _repr_html_(self) -> str:
        """Show what does not hold, and the tables, in a notebook."""
        from sparkify_dwh.display import html_table

        broken = [
            (finding.severity.value, finding.kind.value, finding.name, finding.offending)
            for finding in self.findings
            if not finding.holds
        ]
        tables = [(table.table, table.rows) for table in self.tables]
        html = html_table(("table", "rows"), tables, caption=repr(self)[1:-1])
        if self.rejects.records:
            columns: tuple[str, ...] = ("reason", "feed", "json_key", "records", "files")
            rows = [[row[name] for name in columns] for row in self.rejects.by_reason]
            html += html_table(columns, rows, caption="Records that loads have left out")
        columns = ("severity", "kind", "promise", "offending")
        return html + html_table(columns, broken) if broken else html

    def as_json(self) -> dict[str, Any]:
        """Return the report as an object for JSON."""
        return {
            "sound": self.is_sound,
            "findings": [
                {
                    "kind": finding.kind.value,
                    "name": finding.name,
                    "severity": finding.severity.value,
                    "offending": finding.offending,
                    "sample": [_plain(row) for row in finding.sample],
                    "sql": finding.sql,
                    "seconds": round(finding.seconds, 3),
                }
                for finding in self.findings
            ],
            "tables": [
                {
                    "table": table.table,
                    "rows": table.rows,
                    "sample": [_plain(row) for row in table.sample],
                    "seconds": round(table.seconds, 3),
                }
                for table in self.tables
            ],
            "rejects": {
                "records": self.rejects.records,
                "by_reason": [_plain(row) for row in self.rejects.by_reason],
                "by_file": [_plain(row) for row in self.rejects.by_file],
            },
            "audits": [
                {
                    "feed": audit.feed,
                    "location": audit.location,
                    "known": audit.known,
                    "new": list(audit.new),
                    "changed": list(audit.changed),
                    "lost": list(audit.lost),
                    "error": audit.error,
                }
                for audit in self.audits
            ],
        }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
        for name, value in row.items()
    }
