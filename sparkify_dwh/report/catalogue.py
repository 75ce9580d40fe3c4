"""What is played: songs, artists, and the tracks that the catalogue does not know."""

from collections.abc import Sequence
from typing import Any

import altair as alt  # type: ignore[import-not-found,unused-ignore]

from sparkify_dwh.report import charts, wording
from sparkify_dwh.report.answers import Answers
from sparkify_dwh.report.figure import Figure, Section, Table


def section(answers: Answers) -> Section:
    """Return the section about songs, artists and the catalogue."""
    return Section(
        "catalogue",
        "Songs and artists",
        [_songs(answers), _artists(answers), _unknown(answers), _missing(answers)],
    )


def _songs(answers: Answers) -> Figure:
    rows = list(answers.songs)
    known = answers.coverage.plays_known
    finding = "No play is of a song of the catalogue."
    if rows:
        finding = (
            f"“{wording.text(rows[0].title)}” by {wording.text(rows[0].artist)} leads with "
            f"{wording.plural(rows[0].plays, 'play')}, "
            f"{wording.percent(rows[0].plays / known)} of those whose song is known."
        )
    return _ranking(
        "songs",
        "Songs played most",
        finding,
        [(f"{wording.text(row.title)} · {wording.text(row.artist)}", row) for row in rows],
        Table(
            ("song", "artist", "plays", "users"),
            [(wording.text(row.title), wording.text(row.artist), *_counts(row)) for row in rows],
            texts=2,
        ),
    )


def _artists(answers: Answers) -> Figure:
    rows = list(answers.artists)
    share = answers.coverage.artists_share
    finding = "No play is of an artist of the catalogue."
    if rows:
        finding = (
            f"{wording.text(rows[0].name)} leads with {wording.plural(rows[0].plays, 'play')}. "
            f"{wording.percent(share)} of the catalogue's artists are played."
        )
    return _ranking(
        "artists",
        "Artists played most",
        finding,
        [(wording.text(row.name), row) for row in rows],
        Table(
            ("artist", "from", "plays", "users"),
            [(wording.text(row.name), wording.text(row.location), *_counts(row)) for row in rows],
            texts=2,
        ),
    )


def _missing(answers: Answers) -> Figure:
    rows = list(answers.missing)
    finding = "The catalogue knows every song that is played."
    if rows:
        finding = (
            f"Adding these {len(rows)} to the catalogue would explain "
            f"{wording.number(sum(row.plays for row in rows))} more plays."
        )
    return _ranking(
        "missing",
        "Tracks that the catalogue lacks",
        finding,
        [(f"{wording.text(row.title)} · {wording.text(row.artist)}", row) for row in rows],
        Table(
            ("track", "artist", "plays", "users"),
            [(wording.text(row.title), wording.text(row.artist), *_counts(row)) for row in rows],
            texts=2,
        ),
    )


def _unknown(answers: Answers) -> Figure:
    period, rows = answers.range.coarse, list(answers.unknown)
    coverage = answers.coverage
    finding = (
        f"The catalogue knows the song of {wording.percent(coverage.plays_share)} of the plays, "
        f"and {wording.percent(coverage.songs_share)} of its songs are played."
    )
    points = [
        {"period": row.period, "share": row.unknown_share, "unknown": row.unknown, "of": row.plays}
        for row in rows
    ]
    base = charts.chart(points).encode(
        x=charts.period_axis(points, period=period),
        y=charts.share_axis("share", title="plays of unknown songs, % of all"),
        tooltip=[
            charts.day_tip("period", f"{period} from"),
            charts.count_tip("share", "share unknown", label_format=".1%"),
            charts.count_tip("unknown", "unknown"),
            charts.count_tip("of", "plays"),
        ],
    )
    title = "Plays of unknown songs"
    return Figure(
        "unknown",
        title,
        finding,
        Table(
            (f"{period} from", "plays", "unknown", "share"),
            [
                (
                    wording.day(row.period),
                    wording.number(row.plays),
                    wording.number(row.unknown),
                    wording.percent(row.unknown_share),
                )
                for row in rows
            ],
        ),
        charts.finished(
            alt.layer(base.mark_line(), base.mark_point(size=50)),
            description=f"{title} per {period}. {finding}",
        ),
        note="A play is known when title, artist and length are those of a song of the catalogue.",
    )


def _ranking(
    name: str, title: str, finding: str, named: Sequence[tuple[str, Any]], table: Table
) -> Figure:
    rows = [
        {"rank": rank, "name": label, "plays": row.plays, "users": row.users}
        for rank, (label, row) in enumerate(named, start=1)
    ]
    spec = charts.ranking(rows, unit="plays", description=f"{title}. {finding}") if rows else None
    return Figure(name, title, finding, table, spec)


def _counts(row: Any) -> tuple[str, str]:
    return wording.number(row.plays), wording.number(row.users)
