"""Runs the stand-in until it is interrupted: `python -m tests.standin --port 5439`."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from .s3 import LocalS3
from .server import ROLE, USERS, Standin


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the URLs of the stand-in and serves until SIGINT or SIGTERM."""
    options = _parser().parse_args(argv)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with contextlib.ExitStack() as stack:
        endpoint = options.s3_endpoint
        if options.with_s3:
            local = stack.enter_context(LocalS3(options.region))
            endpoint = local.endpoint
            print(f"AWS_ENDPOINT_URL={endpoint}")
        standin = stack.enter_context(
            Standin(
                port=options.port,
                users={**USERS, **dict(user.split(":", 1) for user in options.user)},
                roles=options.role or [ROLE],
                s3_endpoint=endpoint,
                region=options.region,
                isolation=options.isolation,
                integral_floats=options.integral_floats,
                tls=(options.certificate, options.key) if options.certificate else None,
            )
        )
        for user in standin.users:
            print(standin.url(user))
        sys.stdout.flush()
        stopped.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: free one)")
    parser.add_argument("--s3-endpoint", help="address of the S3 that COPY reads")
    parser.add_argument("--with-s3", action="store_true", help="start an S3 (moto) besides")
    parser.add_argument("--region", default="us-west-2", help="region of the cluster")
    parser.add_argument("--role", action="append", help="ARN that COPY may assume; repeatable")
    parser.add_argument(
        "--user", action="append", default=[], metavar="NAME:PASSWORD", help="a further user"
    )
    parser.add_argument("--isolation", choices=("snapshot", "serializable"), default="snapshot")
    parser.add_argument(
        "--integral-floats", action="store_true", help="let COPY take 1.0 for an integer"
    )
    parser.add_argument("--certificate", type=Path, help="PEM file; turns encryption on")
    parser.add_argument("--key", type=Path, help="PEM file of the certificate's key")
    return parser


if __name__ == "__main__":
    sys.exit(main())
