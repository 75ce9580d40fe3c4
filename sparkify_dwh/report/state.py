"""The state of the data: how fresh it is, what was left out, and whether promises hold."""

from sparkify_dwh.check import CheckReport
from sparkify_dwh.report import wording
from sparkify_dwh.report.answers import Answers
from sparkify_dwh.report.figure import Figure, Section, Table
from sparkify_dwh.status import Status


def section(answers: Answers, status: Status, checks: CheckReport | None) -> Section:
    """Return the section about the data."""
    return Section(
        "state", "State of the data", [_load(answers, status), _rows(status), _checks(checks)]
    )


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
        else f"Loads have left out {wording.plural(status.rejects, 'record')}; "
        "load_rejects tells which, and why."
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
