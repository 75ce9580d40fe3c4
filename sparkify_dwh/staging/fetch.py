"""Brings the objects of S3 within reach: batch by batch, many at a time.

A batch is what the spool has room for. Tiny objects stay in memory on their way to the
joined files; 15,000 of them are fetched in a few hundred round trips' time, not 15,000.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from sparkify_dwh.sources import SourceFile
from sparkify_dwh.sources.object_store import fetch_object, read_object
from sparkify_dwh.staging.spool import Spool
from sparkify_dwh.staging.tiny import TINY_BYTES
from sparkify_dwh.staging.verdict import StagedFile

#: What a batch may take up in the spool, and what its tiny objects may take up in memory; the next
#: one is fetched meanwhile. One object larger than that is a batch of its own.
BATCH_BYTES = 1_073_741_824
BATCH_TINY_BYTES = 67_108_864
#: Compressed files lie in the spool twice; decompressed they are about this much larger.
_GZIP_GROWTH = 8

#: Requests under way at a time.
CONCURRENCY = 64


def batches(files: Sequence[StagedFile]) -> Iterator[list[StagedFile]]:
    """Yield the files in batches: local ones at once, the others as the spool has room."""
    local = [staged for staged in files if staged.file.path is not None]
    if local:
        yield local
    batch: list[StagedFile] = []
    tiny = large = 0
    for staged in files:
        if staged.file.path is not None:
            continue
        size = staged.file.size
        is_tiny = size <= TINY_BYTES
        weight = 0 if is_tiny else size
        if staged.file.uri.lower().endswith(".gz"):
            weight *= 1 + _GZIP_GROWTH
        if batch and (large + weight > BATCH_BYTES or (is_tiny and tiny + size > BATCH_TINY_BYTES)):
            yield batch
            batch, tiny, large = [], 0, 0
        batch.append(staged)
        large += weight
        tiny += size if is_tiny else 0
    if batch:
        yield batch


@contextmanager
def within_reach(batch: Sequence[StagedFile], spool: Spool) -> Iterator[None]:
    """Let each file of the batch have a path or its content, as long as the block runs.

    Raises:
        SourceChangedError: An object changed or vanished since it was listed.
        SourceError: One cannot be read to its end.
        SpoolStopped: The spool was stopped before all were there.
    """
    remote = [staged for staged in batch if staged.file.path is None]
    listed = [staged.file for staged in remote]
    try:
        if remote:
            _fetch(remote, spool)
        yield
    finally:
        for staged, file in zip(remote, listed, strict=True):
            staged.file = file


def _fetch(files: Sequence[StagedFile], spool: Spool) -> None:
    """Fetch the files, several at a time, until one fails or the spool is stopped."""

    def fetch(staged: StagedFile) -> None:
        if not spool.is_stopped:
            staged.file = _fetched(staged.file, spool)

    with ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="sparkify-fetch") as pool:
        waiting: list[Future[None]] = [pool.submit(fetch, staged) for staged in files]
        done, others = wait(waiting, return_when=FIRST_EXCEPTION)
        if others:
            spool.stop()
            pool.shutdown(cancel_futures=True)
    for future in done:
        future.result()
    spool.require_needed()


def _fetched(file: SourceFile, spool: Spool) -> SourceFile:
    if file.size <= TINY_BYTES:
        return file._replace(content=read_object(file))
    path = spool.new_path("object")
    with spool.writing():
        fetch_object(file, path)
    return file._replace(path=str(path))
