"""A real S3 over HTTP, and in front of it a proxy that can fail as S3 and networks do."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.load.warehouse import DuckDBWarehouse, Record, json_lines
from tests.standin.s3 import LocalS3

BUCKET = "sparkify"


@dataclass
class Proxy:
    """Passes requests on to an S3, counts them, and spoils those that it is told to."""

    target: str
    endpoint: str = ""
    requests: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    delay: float = 0.0
    #: What to do with a GET of a key that ends so: a status, "reset" or "cut"; how often.
    spoil: dict[str, list[int | str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fate(self, path: str) -> int | str | None:
        for end, fates in self.spoil.items():
            if path.partition("?")[0].endswith(end) and fates:
                return fates.pop(0)
        return None


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        host = self.proxy.target.removeprefix("http://")
        self.upstream = http.client.HTTPConnection(host, timeout=30)

    def finish(self) -> None:
        self.upstream.close()
        super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        pass

    def _pass_on(self) -> None:
        proxy = self.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with proxy.lock:
            proxy.requests.append(f"{self.command} {self.path}")
            proxy.at_once += 1
            proxy.most_at_once = max(proxy.most_at_once, proxy.at_once)
            fate = proxy.fate(self.path) if self.command == "GET" else None
        try:
            time.sleep(proxy.delay)
            self._answer(fate, body)
        finally:
            with proxy.lock:
                proxy.at_once -= 1

    def _answer(self, fate: int | str | None, body: bytes) -> None:
        if fate == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
            self.close_connection = True
            return
        if isinstance(fate, int):
            code = {403: "AccessDenied", 429: "TooManyRequests", 503: "SlowDown"}[fate]
            content = f"<Error><Code>{code}</Code><Message>spoilt</Message></Error>".encode()
            self.send_response(fate)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            return
        headers = {name: value for name, value in self.headers.items() if name != "Connection"}
        self.upstream.request(self.command, self.path, body or None, headers)
        answer = self.upstream.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", answer.getheader("Content-Length") or "0")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if fate == "cut" else content)
        if fate == "cut":
            self.close_connection = True


for _method in ("GET", "PUT", "POST", "HEAD", "DELETE"):
    setattr(_Handler, f"do_{_method}", _Handler._pass_on)


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as local:
        local.create_bucket(BUCKET)
        yield local


@pytest.fixture
def proxy(s3: LocalS3, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The proxy, which the AWS environment names as the endpoint."""
    proxy = Proxy(s3.endpoint)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients hang up
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    proxy.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    environment = s3.environment() | {
        "AWS_ENDPOINT_URL": proxy.endpoint,
        "AWS_ENDPOINT_URL_S3": proxy.endpoint,
    }
    environment.pop("AWS_ALLOW_HTTP")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    yield proxy
    server.shutdown()
    thread.join()
    server.server_close()


class S3Warehouse(DuckDBWarehouse):
    """A DuckDB file whose feeds lie below a prefix of a bucket."""

    s3: LocalS3

    def place(self, feed: str) -> str:
        return f"s3://{BUCKET}/{self.folder.parent.name}/{feed}_data"

    def uri(self, feed: str, name: str) -> str:
        return f"{self.place(feed)}/{name}"

    def key(self, feed: str, name: str) -> str:
        return f"{self.folder.parent.name}/{feed}_data/{name}"

    def put(self, feed: str, name: str, content: bytes | str | Sequence[Record]) -> None:
        if not isinstance(content, bytes | str):
            content = json_lines(content)
        self.s3.put(BUCKET, self.key(feed, name), content)

    def remove(self, feed: str, name: str) -> None:
        self.s3.client.delete_object(Bucket=BUCKET, Key=self.key(feed, name))


@pytest.fixture
def warehouse(proxy: Proxy, s3: LocalS3, duckdb_template: Path, tmp_path: Path) -> S3Warehouse:
    made = S3Warehouse(tmp_path / "warehouse", duckdb_template)
    made.s3 = s3
    return made
