"""What a load did, as a value."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

LOADED: Literal["loaded"] = "loaded"
NOTHING_TO_DO: Literal["nothing_to_do"] = "nothing_to_do"


@dataclass(frozen=True, slots=True)
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

    def as_json(self) -> dict[str, Any]:
        """Return the result as an object for JSON, seconds rounded to milliseconds."""
        result = asdict(self)
        result["seconds"] = {step: round(wall, 3) for step, wall in self.seconds.items()}
        return result
