"""A proxy in front of an S3 that answers as S3 does on a bad day."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import urllib.parse
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code>'
    "<Message>made up</Message><RequestId>1</RequestId></Error>"
)
CODES = {
    403: "AccessDenied",
    404: "NoSuchKey",
    429: "TooManyRequests",
    500: "InternalError",
    503: "SlowDown",
}


@dataclass
class Fault:
    """What happens to the requests whose URL has the word in it.

    ``kind`` is the status to answer; or "reset", "truncated" (the connection ends before the
    body does), "short" and "long" (the length is told wrong, and kept).
    """

    word: str
    kind: int | str
    on: str  #: "list" or "get"
    times: int = 1_000_000
    happened: int = 0

    def meets(self, path: str) -> bool:
        is_list = "list-type=2" in path
        if self.word not in urllib.parse.unquote(path) or is_list != (self.on == "list"):
            return False
        if self.happened >= self.times:
            return False
        self.happened += 1
        return True


class FaultyS3:
    """Runs the proxy on 127.0.0.1; use it as a context manager."""

    def __init__(self, endpoint: str) -> None:
        self.faults: list[Fault] = []
        self.requests: Counter[str] = Counter()
        lock = threading.Lock()
        behind = urllib.parse.urlsplit(endpoint).netloc
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                self.upstream = http.client.HTTPConnection(behind, timeout=30)

            def finish(self) -> None:
                self.upstream.close()
                with suppress(OSError):  # reset or cut on purpose
                    super().finish()

            def do_GET(self) -> None:
                with lock:
                    proxy.requests[urllib.parse.urlsplit(self.path).path] += 1
                    fault = next((f for f in proxy.faults if f.meets(self.path)), None)
                kind = fault.kind if fault else None
                if isinstance(kind, int):
                    self._answer(kind, {}, ERROR.format(code=CODES[kind]).encode())
                    return
                if kind == "reset":
                    # Lingering for no time makes close() send RST.
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.connection.close()
                    self.close_connection = True
                    return
                status, headers, body = self._fetch()
                if kind == "short":
                    body = body[: len(body) // 2]
                elif kind == "long":
                    body += body
                is_cut = kind == "truncated"
                self._answer(status, headers, body, sent=len(body) // 2 if is_cut else None)

            def _fetch(self) -> tuple[int, dict[str, str], bytes]:
                self.upstream.request(self.command, self.path, headers=dict(self.headers))
                answer = self.upstream.getresponse()
                body = answer.read()
                return answer.status, dict(answer.getheaders()), body

            def _answer(
                self, status: int, headers: dict[str, str], body: bytes, sent: int | None = None
            ) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body if sent is None else body[:sent])
                if sent is not None:
                    self.wfile.flush()
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

            def handle(self) -> None:
                with suppress(OSError, ValueError):  # reset or cut on purpose
                    super().handle()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FaultyS3:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
