"""Tiny objects in an S3 over HTTP, as it is and behind a proxy that delays each request."""

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from queue import Queue
from typing import Any

from benchmarks.contestants import library_variables, load_command
from benchmarks.experiments import FEW_EVENTS, Bench
from benchmarks.measure import Cost, run, summarise
from benchmarks.sizes import Data, Size, prepare

#: How many song objects there are.
OBJECTS = (15_000, 100_000, 300_000)
#: How many objects are loaded at least before there are runs enough: they take minutes.
_ENOUGH = 200_000
#: Seconds that the proxy adds to a request; 0 stands for no proxy.
DELAYS = (0.0, 0.02)

_BUCKET = "benchmark"
_HOST = "127.0.0.1"


def tiny_objects(bench: Bench) -> dict[str, Any]:
    """Load songs, an object each, with and without a delay of every request."""
    # The tests' S3, which answers from moto's store and keeps connections open.
    from tests.standin.s3 import LocalS3

    rows = []
    for songs in OBJECTS:
        runs = max(1, min(bench.runs, _ENOUGH // songs))
        data = prepare(Size("tiny", FEW_EVENTS, songs), bench.cache)
        with LocalS3() as s3:
            s3.create_bucket(_BUCKET)
            for path in sorted(data.song_data.rglob("*.json")):
                key = f"song_data/{path.relative_to(data.song_data).as_posix()}"
                s3.put(_BUCKET, key, path.read_bytes())
            for delay in DELAYS:
                with _delayed(s3.endpoint, delay) as endpoint:
                    variables = s3.environment() | {
                        "AWS_ENDPOINT_URL": endpoint,
                        "AWS_ENDPOINT_URL_S3": endpoint,
                    }
                    costs = [_load(bench, data, variables) for _ in range(runs)]
                print(f"s3 {songs} objects, {delay} s: {costs}", file=sys.stderr)
                row = {"songs": songs, "delay_ms": round(delay * 1000)}
                rows.append({**row, **summarise(costs).as_json()})
    return {"experiment": "s3", "rows": rows}


def _load(bench: Bench, data: Data, of_s3: dict[str, str]) -> Cost:
    warehouse = bench.fresh()
    python = bench.python()
    command = load_command(python, data, warehouse, "--no-keep-staging")
    command += ["--song-data", f"s3://{_BUCKET}/song_data/"]
    return run(command, variables=library_variables() | of_s3, folder=warehouse.parent)


@contextmanager
def _delayed(endpoint: str, seconds: float) -> Iterator[str]:
    """Give the endpoint of a proxy that keeps back what a client sends for so long."""
    if not seconds:
        yield endpoint
        return
    started: Queue[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Queue()

    async def serve_until_stopped() -> None:
        stopped = asyncio.Event()
        server = await asyncio.start_server(_passing_on(endpoint, seconds), _HOST, 0)
        port = server.sockets[0].getsockname()[1]
        started.put((port, asyncio.get_running_loop(), stopped))
        await stopped.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve_until_stopped()), daemon=True)
    thread.start()
    port, loop, stopped = started.get(timeout=30)
    try:
        yield f"http://{_HOST}:{port}"
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


def _passing_on(endpoint: str, seconds: float) -> Serve:
    """Return what serves one client: its requests go to the endpoint, each after a while."""
    host, _, port = endpoint.removeprefix("http://").partition(":")

    async def pass_on(
        source: asyncio.StreamReader, target: asyncio.StreamWriter, delay: float
    ) -> None:
        try:
            # A request for an object comes in one piece.
            while piece := await source.read(65_536):
                await asyncio.sleep(delay)
                target.write(piece)
                await target.drain()
        except ConnectionError:
            pass  # who has hung up wants no more
        finally:
            target.close()

    async def serve(client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        upstream, requests = await asyncio.open_connection(host, int(port))
        await asyncio.gather(pass_on(client, requests, seconds), pass_on(upstream, answers, 0))

    return serve
