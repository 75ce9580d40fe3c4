"""Makes batches ready to be scanned: each in a thread, while DuckDB scans the one before it.

To fetch objects keeps the network busy, to scan them the processor; and to join tiny files keeps
one core busy, where a scan that waits for them would use none.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from sparkify_dwh.staging.fetch import within_reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sparkify_dwh.staging.head_start import HeadStart
    from sparkify_dwh.staging.spool import Sorted, Spool
    from sparkify_dwh.staging.verdict import StagedFile


class _Batch(ExitStack):
    """Files that are read together, in a room of their own."""

    def __init__(
        self,
        files: list[StagedFile],
        room: Spool,
        thread: ThreadPoolExecutor,
        head_start: HeadStart | None,
    ) -> None:
        super().__init__()
        self._files = files
        self._head_start = head_start
        self.room = self.enter_context(room)
        self._reach = self.enter_context(ExitStack())
        self.sorted: Future[Sorted] = thread.submit(self._make_ready)
        # Last in, first out: the thread, if it is still busy, is stopped before anything goes.
        self.callback(wait, [self.sorted])
        self.callback(room.stop)

    def _make_ready(self) -> Sorted:
        self._reach.enter_context(within_reach(self._files, self.room))
        return self.room.sort(self._files, self._head_start)


class Lookahead(ExitStack):
    """Hands out batches in their order; each next one is on its way meanwhile."""

    def __init__(
        self,
        batches: Iterable[list[StagedFile]],
        spool: Spool,
        head_start: HeadStart | None = None,
    ) -> None:
        """Begin with nothing yet; the rooms of the batches will be in the spool."""
        super().__init__()
        self._batches = iter(batches)
        self._spool = spool
        self._head_start = head_start
        self._thread = self.enter_context(
            ThreadPoolExecutor(1, thread_name_prefix="sparkify-ahead")
        )
        self._next: _Batch | None = None
        self.callback(self._drop_next)

    @contextmanager
    def batch(self) -> Iterator[tuple[Spool, Sorted]]:
        """Give the next batch's room, and where each file is to be read as long as the block runs.

        Raises:
            SourceChangedError: A file changed or vanished since it was listed.
            SourceError: One cannot be read to its end.
            SpoolError: The room cannot be written to.
        """
        batch, self._next = self._next or self._begin(), None
        if batch is None:
            raise LookupError("no batch is left")
        with batch:
            sorted_files = batch.sorted.result()
            self._next = self._begin()
            yield batch.room, sorted_files

    def _begin(self) -> _Batch | None:
        files = next(self._batches, None)
        if files is None:
            return None
        return _Batch(files, self._spool.room(), self._thread, self._head_start)

    def _drop_next(self) -> None:
        if self._next is not None:
            self._next.close()
