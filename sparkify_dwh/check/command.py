"""The command line of the check: the report on stdout; exit code 1 on a violation."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sparkify_dwh.console import run_command

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from sparkify_dwh.check.report import Audit, CheckReport, Rejects, TableSample


@click.command(name="python -m sparkify_dwh.check")
@click.option("--database-url", metavar="URL", help="Warehouse to check.")
@click.option("--audit/--no-audit", default=True, help="Hold the source against the ledger too.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
def command(database_url: str | None, audit: bool, as_json: bool) -> int:
    """Prove that the warehouse holds what it promises, and show a sample of each table.

    Keys, references, nullability and the sums of the ledger are proven over all rows.
    """
    # Only now: --help should not wait for SQLAlchemy.
    from sparkify_dwh.check.run import check
    from sparkify_dwh.settings import Settings

    report = check(Settings.resolve(database_url=database_url), audit=audit)
    if as_json:
        click.echo(json.dumps(report.as_json()))
    else:
        _print(report)
    return 0 if report.is_sound else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return run_command(command, arguments)


def _print(report: "CheckReport") -> None:
    from rich.console import Console

    console = Console(file=sys.stdout, highlight=False)
    for table in report.tables:
        _print_table(console, table)
    _print_rejects(console, report.rejects)
    for audit in report.audits:
        _print_audit(console, audit)
    _print_findings(console, report)


def _print_table(console: "Console", table: "TableSample") -> None:
    from rich.table import Table

    console.print(
        f"\n[bold]{table.table}[/bold]: {table.rows:,} rows, "
        f"{len(table.sample)} of them read in {table.seconds * 1000:.1f} ms"
    )
    if not table.sample:
        return
    # Columns as lines: a table of twenty columns is wider than any terminal.
    grid = Table("column", show_edge=False, box=None, pad_edge=True)
    for number in range(1, len(table.sample) + 1):
        grid.add_column(f"row {number}", no_wrap=True, overflow="ellipsis", max_width=32)
    for name in table.sample[0]:
        grid.add_row(name, *(_shown(row[name]) for row in table.sample))
    console.print(grid)


def _shown(value: object) -> "Text":
    from rich.text import Text

    return Text("NULL", style="dim") if value is None else Text(str(value))


def _print_rejects(console: "Console", rejects: "Rejects") -> None:
    if not rejects.records:
        console.print("\nNo load has left out a record")
        return
    console.print(f"\nLoads have left out {rejects.records:,} records")
    for row in rejects.by_reason:
        key = "" if row["json_key"] is None else f" of {row['json_key']}"
        console.print(
            f"  {row['records']:,} {row['feed']} records: {row['reason']}{key} "
            f"({row['files']:,} files)",
            markup=False,
        )
    for row in rejects.by_file:
        console.print(f"  {row['records']:,} of {row['of']:,} in {row['uri']}", markup=False)


def _print_audit(console: "Console", audit: "Audit") -> None:
    from sparkify_dwh.check.run import names_shown

    if audit.error is not None:
        console.print(f"\n{audit.feed} source: {audit.error}", markup=False)
        return
    console.print(f"\n{audit.feed} source {audit.location}: {audit.known:,} files loaded")
    for what, names in (
        ("not loaded yet", audit.new),
        ("changed since", audit.changed),
        ("gone since", audit.lost),
    ):
        if names:
            console.print(f"  {len(names):,} {what}: {names_shown(names)}", markup=False)


def _print_findings(console: "Console", report: "CheckReport") -> None:
    console.print()
    for finding in report.findings:
        if finding.holds:
            continue
        console.print(
            f"{finding.severity.value}: {finding.kind.value}: {finding.name}: "
            f"{finding.offending:,} offending",
            markup=False,
        )
        for row in finding.sample:
            console.print(f"  {row}", markup=False)
        console.print(f"  {finding.sql}", markup=False)
    held = sum(finding.holds for finding in report.findings)
    seconds = sum(finding.seconds for finding in report.findings)
    verdict = "sound" if report.is_sound else "NOT sound"
    console.print(f"{held} of {len(report.findings)} promises hold ({seconds:.2f} s): {verdict}")
