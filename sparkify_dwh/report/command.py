"""The command line of the report: writes a page, says on stdout where.

Exit codes: 0 written, 1 failed and nothing was written, 2 configuration or usage.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from sparkify_dwh.console import run_command


@click.command(name="python -m sparkify_dwh.report")
@click.option("--database-url", metavar="URL", help="Warehouse to report on.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("report.html"),
    show_default=True,
    metavar="FILE",
    help="Page to write.",
)
@click.option("--start", metavar="DAY", help="Count plays from this day or moment on (UTC).")
@click.option("--end", metavar="DAY", help="Count plays before this day or moment (UTC).")
@click.option(
    "--checks/--no-checks",
    default=None,
    help="Prove keys, references and sums for the page; by default up to a million plays.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as a JSON object.")
def command(
    database_url: str | None,
    out: Path,
    start: str | None,
    end: str | None,
    checks: bool | None,
    as_json: bool,
) -> None:
    """Write one HTML page about the listening and the state of the data.

    It needs no network and no other file to be opened, and names no user.
    """
    if not out.parent.is_dir():
        raise click.BadParameter(f"there is no folder {out.parent}", param_hint="--out")
    # Only now: --help should not wait for SQLAlchemy.
    from sparkify_dwh.queries.plays import moment

    for name, value in (("--start", start), ("--end", end)):
        if value is not None:
            try:
                moment(value, name=name)
            except ValueError as error:
                raise click.BadParameter(str(error), param_hint=name) from None
    if start is not None and end is not None:
        if moment(start, name="--start") >= moment(end, name="--end"):
            raise click.BadParameter("it is not before --end", param_hint="--start")
    from sparkify_dwh.report.run import write
    from sparkify_dwh.warehouse import connect

    report = write(connect(database_url, read_only=True), out, start=start, end=end, checks=checks)
    if as_json:
        found = {"out": str(out), "plays": report.plays, "bytes": report.size}
        click.echo(json.dumps({**found, "seconds": round(report.seconds, 3)}))
        return
    click.echo(f"{out}: {report.plays:,} plays, {report.size / 1e6:.1f} MB, {report.seconds:.1f} s")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return run_command(command, arguments)
