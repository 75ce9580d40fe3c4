"""The command line of the generator: ``python -m sparkify_dwh.sample``.

The summary goes to stdout; the progress goes to stderr, and only when that is a terminal.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from sparkify_dwh.sample.generator import Progress, write_sample
from sparkify_dwh.sample.spec import SampleSpec, SampleSummary

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Write a sample as the arguments say, and return the exit code.

    The code is 0 when the sample is written, 2 when the arguments make no sense or the folder is
    not empty, and 1 when the folder cannot be written. Interrupted from the keyboard, it is 130.
    """
    parser = _parser()
    try:
        arguments = parser.parse_args(argv)
        spec = _spec(arguments)
        summary = write_sample(
            spec, arguments.out, force=arguments.force, progress=_terminal_progress()
        )
    except SystemExit as leaving:
        return int(leaving.code or 0)
    except (ValueError, FileExistsError, NotADirectoryError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except OSError as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return EXIT_FAILED
    print(_as_json(summary) if arguments.json else _as_text(summary, arguments.out))
    return EXIT_OK


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sparkify_dwh.sample",
        description="Write a sample of the log feed and the song feed into a folder.",
        epilog="The same arguments give the same bytes on every machine.",
    )
    usual = SampleSpec()
    add = parser.add_argument
    add("out", type=Path, metavar="OUT", help="folder to write to; made where there is none")
    add("--events", type=int, metavar="N", help=f"records in the log feed ({usual.events})")
    add("--songs", type=int, metavar="M", help=f"records in the song feed ({usual.songs})")
    add("--seed", type=int, metavar="S", help=f"chooses one of many samples ({usual.seed})")
    add("--start", type=_day, metavar="YYYY-MM-DD", help=f"first day, in UTC ({usual.start})")
    add("--days", type=int, metavar="D", help="number of days (30, more for many events)")
    add("--users", type=int, metavar="U", help="number of listeners (grows with the events)")
    add("--songs-per-file", type=int, metavar="K", help="records in a song file (1)")
    add(
        "--unknown-share",
        type=float,
        metavar="X",
        help=f"plays of songs that are not in the song feed, 0 to 1 ({usual.unknown_share})",
    )
    add("--gzip", dest="compress", action="store_true", help="compress every data file")
    add("--force", action="store_true", help="replace log_data and song_data in OUT")
    add("--json", action="store_true", help="print the summary as JSON")
    return parser


def _day(text: str) -> date:
    """Return the date that a text like 2018-11-01 names."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2018-11-01") from error


def _spec(arguments: argparse.Namespace) -> SampleSpec:
    """Return the spec that the arguments ask for; what is not given keeps its default."""
    given = {
        name: value
        for name, value in vars(arguments).items()
        if name in SampleSpec.__dataclass_fields__ and value is not None
    }
    return SampleSpec(**given)


def _terminal_progress() -> Progress | None:
    """Return what shows the progress on stderr, or None when that is no terminal."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        """Write over the line, and clear it at the end."""
        text = f"{done:,} of {total:,} events" if done < total else ""
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    return show


def _as_json(summary: SampleSummary) -> str:
    """Return the summary as one JSON object."""
    return json.dumps(asdict(summary), default=date.isoformat)


def _as_text(summary: SampleSummary, out: Path) -> str:
    """Return the summary for a person to read."""
    return (
        f"{summary.events:,} events ({summary.plays:,} plays) of {summary.users:,} users in"
        f" {summary.sessions:,} sessions, {summary.days:,} days from {summary.first_day}\n"
        f"{summary.songs:,} songs of {summary.artists:,} artists\n"
        f"{summary.files:,} files, {summary.bytes:,} bytes in {out}"
    )
