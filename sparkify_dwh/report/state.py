"""The state of the data: how fresh it is, what was left out, and whether promises hold."""

from typing import Any

from sparkify_dwh.check import CheckReport
from sparkify_dwh.report import wording
from sparkify_dwh.report.answers import MOST, Answers
from sparkify_dwh.report.figure import Figure, Section, Table
from sparkify_dwh.status import Status


def section(answers: Answers, status: Status, checks: CheckReport | None) -> Section:
    """Return the section about the data."""
    rejects = _rejects(answers, status)
    figures = [_load(answers, status), _rows(status), *rejects, _checks(checks)]
    return Section("state", "State of the data", figures)


def _load(answers: Answers, status: Status) -> Figure:
    last = status.last_load
    if last is None:
        return Figure("load", "Last load", "Nothing was ever loaded.", Table((), []))
    finding = (
        f"Loaded last on {wording.minute(last['finished_at'])}; the last play in the report "
        f"began on {wording.minute(answers.range.last_play)}. "
    )
    finding += (
        "No load has left out a record."
        if status.rejects == 0
        else f"Loads have left out {wording.plural(status.rejects, 'record')}."
    )
    return Figure(
        "load",
        "Last load",
        finding,
        Table(
            ("what", "number"),
            [
                ("loads so far", wording.number(status.loads)),
                *(
                    (f"{feed} files loaded", wording.number(count))
                    for feed, count in status.files.items()
                ),
                ("records read by the last load", wording.number(last["records_read"])),
                ("of these accepted", wording.number(last["records_staged"])),
                ("of these left out", wording.number(last["records_rejected"])),
                ("new plays", wording.number(last["plays_inserted"])),
                ("plays already there", wording.number(last["plays_duplicate"])),
                ("records left out by all loads", wording.number(status.rejects)),
            ],
        ),
        note=f"Run {last['run_id']}, {last['mode']}, version {last['version']}.",
    )


def _rejects(answers: Answers, status: Status) -> list[Figure]:
    """Return what was left out, by reason and by file; one figure when nothing was."""
    title, reasons, files = "Records left out", list(answers.reasons), list(answers.rejected_files)
    if not reasons:
        return [Figure("rejects", title, "No load has left out a record.", Table((), []))]
    most = reasons[0]
    why = (
        f"{wording.plural(status.rejects, 'record')} in all. Most often “{_reason(most)}”, "
        f"{wording.percent(most.records / status.rejects)} of them."
    )
    where = f"{wording.text(_name(files[0].uri))} has most: {wording.number(files[0].records)}."
    if len(files) == MOST:
        where += f" These {MOST} files have most; there may be others."
    return [
        Figure(
            "rejects",
            f"{title}, by reason",
            why,
            Table(
                ("reason", "feed", "records", "files"),
                [
                    (_reason(row), row.feed, wording.number(row.records), wording.number(row.files))
                    for row in reasons
                ],
                texts=2,
            ),
            note="load_rejects has each of them, with its line and its text.",
        ),
        Figure(
            "rejected-files",
            f"{title}, by file",
            where,
            Table(
                ("file", "feed", "left out", "of"),
                [
                    (_name(row.uri), row.feed, wording.number(row.records), wording.number(row.of))
                    for row in files
                ],
                texts=2,
            ),
        ),
    ]


def _name(uri: str) -> str:
    return uri.rpartition("/")[2]


def _reason(row: Any) -> str:
    return f"{row.json_key}: {row.reason}" if row.json_key else str(row.reason)


def _rows(status: Status) -> Figure:
    return Figure(
        "rows",
        "Rows of the star",
        f"{wording.number(sum(status.rows.values()))} rows in {len(status.rows)} tables, "
        "over all time.",
        Table(
            ("table", "rows"),
            [(table, wording.number(count)) for table, count in status.rows.items()],
        ),
    )


def _checks(checks: CheckReport | None) -> Figure:
    title = "Checks"
    if checks is None:
        finding = (
            "Not run for this report. Every load proves what it touches before it commits; "
            "python -m sparkify_dwh.check proves all of it."
        )
        return Figure("checks", title, finding, Table((), []))
    held = sum(finding.holds for finding in checks.findings)
    broken = [finding for finding in checks.findings if not finding.holds]
    verdict = "The warehouse is sound" if checks.is_sound else "The warehouse is NOT sound"
    return Figure(
        "checks",
        title,
        f"{verdict}: {held} of {len(checks.findings)} checks of keys, references and sums hold.",
        Table(
            ("what does not hold", "severity", "offending rows"),
            [
                (
                    f"{finding.kind.value}: {finding.name}",
                    finding.severity.value,
                    wording.number(finding.offending),
                )
                for finding in broken
            ],
            texts=2,
        ),
    )
