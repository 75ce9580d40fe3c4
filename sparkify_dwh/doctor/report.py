"""What the doctor found, as a value."""

import enum
from dataclasses import asdict, dataclass
from typing import Any

from sparkify_dwh.doctor.setting_sources import SettingSource
from sparkify_dwh.errors import SparkifyError


class State(enum.StrEnum):
    """How it is with one thing; the worst of all decides about the exit code."""

    OK = "ok"
    SKIPPED = "skipped"  #: could not be looked at, because of something before it
    PROBLEM = "problem"
    CONFIGURATION = "configuration"


EXIT_CODES = {State.OK: 0, State.SKIPPED: 0, State.PROBLEM: 1, State.CONFIGURATION: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """How it is with one thing, and what to do about it."""

    name: str
    state: State
    detail: str
    advice: str | None = None

    @classmethod
    def of_error(cls, name: str, error: SparkifyError) -> "Finding":
        """Return the finding that an error is."""
        state = State.CONFIGURATION if error.exit_code == 2 else State.PROBLEM
        return cls(name, state, error.cause, error.advice)


@dataclass(frozen=True, slots=True)
class Report:
    """All that the doctor found."""

    versions: dict[str, str | None]  #: by package; None where it is not installed
    settings: tuple[SettingSource, ...]
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 when all is fine, 2 when a setting is wrong, 1 for anything else."""
        return max((EXIT_CODES[finding.state] for finding in self.findings), default=0)

    @property
    def is_fine(self) -> bool:
        """Whether nothing stands in the way of a load."""
        return self.exit_code == 0

    def as_json(self) -> dict[str, Any]:
        """Return the report as an object for JSON."""
        return {
            "fine": self.is_fine,
            "exit_code": self.exit_code,
            "versions": self.versions,
            "settings": [asdict(setting) for setting in self.settings],
            "findings": [
                {**asdict(finding), "state": finding.state.value} for finding in self.findings
            ],
        }
