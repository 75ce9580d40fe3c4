"""The command line of the doctor: what was found on stdout.

Exit codes: 0 fine, 1 a problem, 2 configuration or usage.
"""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sparkify_dwh.console import run_command

if TYPE_CHECKING:
    from sparkify_dwh.doctor.report import Report


@click.command(name="python -m sparkify_dwh.doctor")
@click.option("--database-url", metavar="URL", help="Warehouse to examine.")
@click.option("--log-data", metavar="PLACE", help="Log files: a folder or s3://bucket/prefix/.")
@click.option("--song-data", metavar="PLACE", help="Song files: a folder or s3://bucket/prefix/.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
def command(
    database_url: str | None, log_data: str | None, song_data: str | None, as_json: bool
) -> int:
    """Examine versions, settings, database and sources; change nothing.

    Exits with 0 when a load can run, 1 when there is a problem, 2 when a setting is wrong.
    """
    # Only now: --help should not wait for SQLAlchemy.
    from sparkify_dwh.doctor.examination import examine

    report = examine(database_url=database_url, log_data=log_data, song_data=song_data)
    if as_json:
        click.echo(json.dumps(report.as_json()))
    else:
        _print(report)
    return report.exit_code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return run_command(command, arguments)


_MARKS = {"ok": "ok", "skipped": "--", "problem": "PROBLEM", "configuration": "WRONG"}


def _print(report: "Report") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False)
    installed = [f"{name} {number}" for name, number in report.versions.items() if number]
    missing = [name for name, number in report.versions.items() if not number]
    console.print(Text(", ".join(installed)))
    if missing:
        console.print(Text(f"not installed: {', '.join(missing)}"))
    settings = Table("setting")
    settings.add_column("value", overflow="fold")
    settings.add_column("from")
    for setting in report.settings:
        settings.add_row(setting.name, Text(setting.value or ""), setting.source)
    console.print(settings)
    for finding in report.findings:
        console.print(
            Text(f"{_MARKS[finding.state]:8}{finding.name}: {finding.detail}"), soft_wrap=True
        )
        if finding.advice:
            console.print(Text(f"{'':8}{finding.advice}"), soft_wrap=True)
