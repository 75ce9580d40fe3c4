"""Everything that the library raises on purpose.

::

    SparkifyError                  exit 1, nothing changed
      ConfigurationError           exit 2: a setting, flag or URL is wrong
      SourceError                  the files cannot be listed or read
        SourceChangedError         a file changed or vanished while it was read
      SpoolError                   the temporary folder is full, or cannot be written to
      DataRejectedError            more rejected records than --max-errors
      DatabaseError                the database refused or is out of reach
        DatabaseLockedError        another process writes to the file
        LoadInProgressError        another load holds the lock for too long
        CopyFailedError            COPY has refused what the loader had judged good
        SchemaNotAtHeadError       the schema is not the one of this version
      InvariantError               a key, reference or sum did not come out

Every message is one line of cause, and where there is something to do about it one line
of advice; no message ever holds a password.
"""

from collections.abc import Sequence

from sparkify_dwh.feeds.reject import Reject

#: Rejects that an error message shows in full; the rest is counted.
REJECTS_SHOWN = 5


class SparkifyError(Exception):
    """The base of all errors that the library raises on purpose."""

    exit_code = 1

    def __init__(self, cause: str, *, advice: str | None = None) -> None:
        """Keep the cause and the advice apart, so that each can be shown its own way."""
        super().__init__(cause if advice is None else f"{cause}\n{advice}")
        self.cause = cause
        self.advice = advice


class ConfigurationError(SparkifyError):
    """A setting, a flag or a URL is wrong; nothing was tried."""

    exit_code = 2


class SourceError(SparkifyError):
    """A folder, prefix or file of the source cannot be listed or read."""


class SourceChangedError(SourceError):
    """A file changed or vanished between listing and reading."""

    def __init__(self, uri: str, what: str) -> None:
        """Name the file and what became of it."""
        super().__init__(
            f"{uri} {what} while it was read",
            advice="Load again when nothing writes to the source any more.",
        )
        self.uri = uri


class SpoolError(SparkifyError):
    """The temporary folder for local copies is full, or cannot be written to."""

    def __init__(self, cause: str) -> None:
        """Say how to get another one."""
        super().__init__(cause, advice="Make room there, or name another folder in TMPDIR.")


class DataRejectedError(SparkifyError):
    """The source holds more rejected records than the load may leave out."""

    def __init__(self, rejects: Sequence[Reject], *, total: int, allowed: int) -> None:
        """Show the first rejects and count them all."""
        shown = [f"  {reject}" for reject in rejects[:REJECTS_SHOWN]]
        if total > len(shown):
            shown.append(f"  … and {total - len(shown):,} more")
        noun = "record" if total == 1 else "records"
        super().__init__(
            "\n".join([f"{total:,} rejected {noun}, {allowed:,} allowed:", *shown]),
            advice="Mend the files, or leave such records out with --max-errors N.",
        )
        self.rejects = tuple(rejects)
        self.total = total
        self.allowed = allowed


class DatabaseError(SparkifyError):
    """The database is out of reach or has refused a statement."""


class DatabaseLockedError(DatabaseError):
    """Another process holds the database file."""

    def __init__(self, database: str, *, pid: int | None) -> None:
        """Name the process, where the engine tells which it is."""
        holder = "another process" if pid is None else f"process {pid}"
        super().__init__(
            f"{database} is in use by {holder}",
            advice="A DuckDB file takes one writer at a time: wait for it, or close it there.",
        )
        self.pid = pid


class LoadInProgressError(DatabaseError):
    """Another load holds the lock of the ledger, and did not end in time."""

    def __init__(self, *, seconds: int) -> None:
        """Say how long this load has waited."""
        super().__init__(
            f"another load is running: waited {seconds} s for its lock on load_files",
            advice="Load again when it has ended, or wait longer: SPARKIFY_LOCK_TIMEOUT.",
        )
        self.seconds = seconds


class CopyFailedError(DatabaseError):
    """COPY has failed: the server disagrees with the loader, or cannot read the objects."""

    def __init__(
        self, table: str, cause: str, *, records: Sequence[str] = (), total: int = 0
    ) -> None:
        """Show the first records that the server has refused and count them all."""
        shown = [f"  {record}" for record in records[:REJECTS_SHOWN]]
        if total > len(shown):
            shown.append(f"  … and {total - len(shown):,} more")
        super().__init__(
            "\n".join([f"COPY into {table} failed, nothing was changed: {cause}", *shown]),
            advice=(
                "The loader had judged these records good; please report this."
                if records
                else "Check SPARKIFY_IAM_ROLE, what it may read, and SPARKIFY_AWS_REGION."
            ),
        )
        self.table = table
        self.records = tuple(records)
        self.total = total


class SchemaNotAtHeadError(DatabaseError):
    """The schema is missing, older or newer than this version of the library."""

    def __init__(self, *, found: str | None, head: str) -> None:
        """Say which revision was found and how to get to head."""
        state = "has no schema yet" if found is None else f"is at revision {found}"
        super().__init__(
            f"the database {state}; this version needs revision {head}",
            advice="Run: alembic upgrade head",
        )
        self.found = found
        self.head = head


class InvariantError(SparkifyError):
    """A key, a reference or a sum did not come out; the load was rolled back."""
