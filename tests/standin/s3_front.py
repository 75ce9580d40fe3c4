"""The HTTP server in front of moto's S3: whole objects at once, everything else through moto.

moto takes some milliseconds for a request, and werkzeug ten more to close the connection; a
test with tens of thousands of objects would spend minutes there. So a plain GET or HEAD of an
object that exists, under no other condition than If-Match, is answered from moto's store, with
the headers that moto gives; and connections stay open.
"""

from __future__ import annotations

import io
import urllib.parse
from http import HTTPStatus
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.s3.models import FakeKey, S3Backend, s3_backends
from werkzeug.serving import BaseWSGIServer, make_server

#: Headers that make more of a GET than to hand over the object.
_CONDITIONS = (
    b"range",
    b"if-none-match",
    b"if-modified-since",
    b"if-unmodified-since",
    b"x-amz-checksum-mode",
    b"x-amz-server-side-encryption",
    b"x-moto-account-id",
)
_S3_SCOPE = "/s3/aws4_request"
_LONGEST_LINE = 65_536


def make_front(host: str, port: int = 0) -> BaseWSGIServer:
    """Returns a server that listens; its port is a free one unless it is told."""
    return make_server(host, port, _Dispatcher(), threaded=True, request_handler=_Handler)


def store() -> S3Backend:
    """Returns where moto keeps buckets and objects."""
    backend: S3Backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    return backend


class _Dispatcher(DomainDispatcherApplication):
    """Finds the application of S3 without a look at every module of moto."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._s3: Any = None

    def get_application(self, environ: dict[str, Any]) -> Any:
        if _S3_SCOPE not in environ.get("HTTP_AUTHORIZATION", ""):
            return super().get_application(environ)
        if self._s3 is None:
            self._s3 = super().get_application(environ)
        return self._s3


class _Handler(MotoRequestHandler):
    #: Or a head and its body, sent apart, would wait for each other.
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        line = self.rfile.readline(_LONGEST_LINE)
        if not line:
            self.close_connection = True
            return
        headers = []
        while (header := self.rfile.readline(_LONGEST_LINE)).strip():
            headers.append(header)
        answer = _whole_object(line, headers)
        if answer is not None:
            self.close_connection = False
            self.wfile.write(answer)
            return
        self._pass_on(line, b"".join([*headers, b"\r\n"]))

    def _pass_on(self, line: bytes, headers: bytes) -> None:
        self.raw_requestline = line
        body, self.rfile = self.rfile, io.BytesIO(headers)
        try:
            is_understood = self.parse_request()
        finally:
            self.rfile = body
        if is_understood:
            self.run_wsgi()

    def run_wsgi(self) -> None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            super().run_wsgi()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        environ = self.make_environ() | {"wsgi.input": io.BytesIO(body)}
        told: list[Any] = []
        chunks = self.server.app(environ, lambda *started: told.extend(started))
        content = b"".join(chunks)
        chunks.close()
        status, headers = told[0], told[1]
        code = int(status.partition(" ")[0])
        self.send_response(code, status.partition(" ")[2])
        has_length = False
        for name, value in headers:
            has_length |= name.lower() == "content-length"
            self.send_header(name, value)
        has_body = code not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        if has_body and not has_length:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if has_body and self.command != "HEAD":
            self.wfile.write(content)


def _whole_object(line: bytes, headers: list[bytes]) -> bytes | None:
    """Returns the answer to a request for an object as it is, or None for any other request."""
    method, _, rest = line.partition(b" ")
    target, _, version = rest.partition(b" ")
    if method not in (b"GET", b"HEAD") or b"?" in target or version.strip() != b"HTTP/1.1":
        return None
    wanted = b"*"
    for header in headers:
        name, _, value = header.partition(b":")
        name = name.lower()
        if name == b"if-match":
            wanted = value.strip()
        elif name in _CONDITIONS or (name == b"connection" and b"close" in value.lower()):
            return None
    bucket, _, key = urllib.parse.unquote(target[1:].decode("latin-1")).partition("/")
    found = _find(bucket, key)
    if found is None:
        return None
    try:
        content = found.value
        # What moto's answer to a GET is made of.
        told = {**found.response_dict, **found.metadata, "Accept-Ranges": "bytes"}
    except ValueError:  # deleted at this very moment
        return None
    if wanted not in (b"*", told["ETag"].encode()):
        return None
    told["content-length"] = str(len(content))
    lines = [f"{name}: {value}\r\n" for name, value in told.items()]
    head = "HTTP/1.1 200 OK\r\n" + "".join(lines) + "\r\n"
    return head.encode("latin-1") + (content if method == b"GET" else b"")


def _find(bucket: str, key: str) -> FakeKey | None:
    """Returns an object about which nothing is special."""
    place = store().buckets.get(bucket)
    if not key or place is None or place.is_versioned or place.cors or place.encryption:
        return None
    found = place.keys.get(key)
    if not isinstance(found, FakeKey) or found.encryption or found.storage_class != "STANDARD":
        return None
    return found
