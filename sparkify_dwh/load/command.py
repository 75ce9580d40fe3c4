"""The command line of the load: flags in, result on stdout, progress on stderr.

Exit codes: 0 loaded or nothing to do, 1 failed and nothing changed, 2 configuration or
usage. SIGTERM and SIGINT (Ctrl-C) are failures too: rolled back, spool removed, exit code 1.
Once the commit has begun they are held back, and the load runs to its end.
"""

import json
import os
from collections.abc import Sequence

import click

from sparkify_dwh.console import run_command


@click.command(name="python -m sparkify_dwh.load")
@click.option("--database-url", metavar="URL", help="Warehouse to load into.")
@click.option("--log-data", metavar="PLACE", help="Log files: a folder or s3://bucket/prefix/.")
@click.option("--song-data", metavar="PLACE", help="Song files: a folder or s3://bucket/prefix/.")
@click.option("--dry-run", is_flag=True, help="Print the SQL of a load; connect to nothing.")
@click.option(
    "--max-errors",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Leave out up to N bad records (kept in load_rejects).",
)
@click.option("--rebuild", is_flag=True, help="Empty the warehouse and load all files again.")
@click.option(
    "--keep-staging/--no-keep-staging",
    default=None,
    help="Keep the staged records to look at, or leave the staging tables empty.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def command(
    database_url: str | None,
    log_data: str | None,
    song_data: str | None,
    dry_run: bool,
    max_errors: int,
    rebuild: bool,
    keep_staging: bool | None,
    as_json: bool,
) -> None:
    """Load the new files of both feeds into the star schema, all or nothing.

    Settings come from the environment or .env (SPARKIFY_DATABASE_URL, SPARKIFY_LOG_DATA,
    SPARKIFY_SONG_DATA, ...); a flag beats them. Loading again is a no-op.
    """
    # What is imported only now, --help should not wait for.
    from sparkify_dwh.staging.head_start import HeadStart

    given = {"database_url": database_url, "log_data": log_data, "song_data": song_data}
    with HeadStart() as head_start:
        if not dry_run:
            # To read the settings takes a third of the time that there is to win.
            head_start.begin(**_likely(given), rebuild=rebuild)
        from sparkify_dwh.settings import Settings

        settings = Settings.resolve(**given, keep_staging=keep_staging)
        if dry_run:
            from sparkify_dwh.load.dry_run import script

            for line in script(settings, max_errors=max_errors, rebuild=rebuild):
                click.echo(line)
            return
        head_start.begin(
            database_url=settings.database_url.get_secret_value(),
            log_data=settings.log_data,
            song_data=settings.song_data,
            rebuild=rebuild,
        )
        from sparkify_dwh.load.console import ConsoleProgress, print_result, print_warnings
        from sparkify_dwh.load.run import load

        with ConsoleProgress(result_is_drawn=not as_json) as progress:
            result = load(
                settings,
                max_errors=max_errors,
                rebuild=rebuild,
                progress=progress,
                head_start=head_start,
            )
    print_warnings(result)
    if as_json:
        click.echo(json.dumps(result.as_json()))
    else:
        print_result(result)


def _likely(given: dict[str, str | None]) -> dict[str, str | None]:
    """Return what the settings will most likely be, without a look into .env."""
    return {
        name: flag or os.environ.get(f"SPARKIFY_{name.upper()}") for name, flag in given.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return run_command(command, arguments)
