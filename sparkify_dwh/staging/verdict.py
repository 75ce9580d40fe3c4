"""What staging found out about each file."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sparkify_dwh.feeds.contract import Feed
from sparkify_dwh.feeds.reject import Reject
from sparkify_dwh.sources import SourceFile


@dataclass(slots=True)
class StagedFile:
    """One file of the load and what became of its records."""

    file: SourceFile
    file_id: int
    records: int = 0  #: read
    staged: int = 0  #: accepted
    plays: int = 0  #: of the accepted
    rejected: int = 0
    rejects: Sequence[Reject] = ()  #: the first of them, in full
    unknown_keys: frozenset[str] = frozenset()
    is_gzip: bool = False  #: by its first bytes
    is_exact: bool = False  #: whether the exact reader has judged it, record by record

    @property
    def is_balanced(self) -> bool:
        """Whether every record was either staged or rejected."""
        return self.records == self.staged + self.rejected


@dataclass(slots=True)
class StagedFeed:
    """The new files of a feed after staging."""

    feed: Feed
    files: list[StagedFile]
    passed_over: Counter[str] = field(default_factory=Counter)
    listed: tuple[SourceFile, ...] = ()  #: every data file of the source, new or known

    @property
    def records(self) -> int:
        """Records read."""
        return sum(file.records for file in self.files)

    @property
    def staged(self) -> int:
        """Records accepted."""
        return sum(file.staged for file in self.files)

    @property
    def rejected(self) -> int:
        """Records rejected."""
        return sum(file.rejected for file in self.files)

    @property
    def rejects(self) -> Iterable[tuple[StagedFile, Reject]]:
        """The rejects that were kept in full, file by file."""
        return ((file, reject) for file in self.files for reject in file.rejects)

    @property
    def drifted(self) -> list[StagedFile]:
        """The files with keys that the contract does not know."""
        return [file for file in self.files if file.unknown_keys]
