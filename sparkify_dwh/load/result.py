"""What a load did, as a value."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

LOADED: Literal["loaded"] = "loaded"
NOTHING_TO_DO: Literal["nothing_to_do"] = "nothing_to_do"


@dataclass(frozen=True, slots=True, repr=False)
class LoadResult:
    """What a load did; ``as_json`` gives the object that ``--json`` prints."""

    run_id: str | None  #: None when there was nothing to do
    status: Literal["loaded", "nothing_to_do"]
    files: dict[str, int]  #: new files by feed: log, song
    rows: dict[str, int]  #: rows of each table of staging and star, now
    inserted: dict[str, int]  #: of these, new by this load
    duplicates: int  #: play records that the fact, or the load, had already
    rejected: int  #: records left out, told in load_rejects
    seconds: dict[str, float]  #: wall time of each step
    read: dict[str, int] = field(default_factory=dict)  #: records read by feed
    staged: dict[str, int] = field(default_factory=dict)  #: records accepted by feed
    passed_over: dict[str, int] = field(default_factory=dict)  #: other files, by reason
    drifted_files: int = 0  #: files with keys that the contract does not know
    conflicting_songs: int = 0  #: songs offered with different content
    warnings: tuple[str, ...] = ()  #: what went wrong after the commit, a line each

    def __repr__(self) -> str:
        """Say in one line what was done."""
        files = ", ".join(f"{count:,} {feed}" for feed, count in self.files.items())
        plays = self.inserted.get("songplays", 0)
        return f"<LoadResult {self.status}: {files} files, {plays:,} new plays>"

    def _repr_html_(self) -> str:
        """Show the tables and what the load has added to each, in a notebook."""
        from sparkify_dwh.display import html_table

        rows = [(name, self.inserted.get(name), count) for name, count in self.rows.items()]
        return html_table(("table", "inserted", "rows now"), rows, caption=repr(self)[1:-1])

    def as_json(self) -> dict[str, Any]:
        """Return the result as an object for JSON, seconds rounded to milliseconds."""
        result = asdict(self)
        result["seconds"] = {step: round(wall, 3) for step, wall in self.seconds.items()}
        return result
