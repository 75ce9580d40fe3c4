"""A stand-in for Amazon Redshift: for tests, and for working without a cluster.

    with LocalS3() as s3, Standin(s3_endpoint=s3.endpoint) as standin:
        engine = sqlalchemy.create_engine(standin.url(database=standin.fresh_database()))

or, for other programs, `python -m tests.standin --port 5439 --with-s3`.

A client of the PostgreSQL v3 protocol connects to a proxy on loopback. Each statement is taken
apart (`tokens`, `statement`), refused if Redshift refuses it (`refused_commands`,
`refused_expressions`), rewritten (`ddl`, `calls`, `parameters`) and sent to a PostgreSQL from a
wheel (`postgres`, `backend`); `plan` decides, `session` carries out. What PostgreSQL has no place
for (distribution, sort keys, encodings, identity, keys that are not enforced) is recorded by event
triggers in tables of the same database (`sql/records.sql`) and shown in Redshift's catalogue
(`sql/catalogue.sql`). COPY (`copy_*`, `json_records`, `values`) reads S3 over HTTP and fills the
system tables (`sql/system_views.sql`). `faults` and `journal` are for tests.

Users are `awsuser` (a superuser), `owner` (owns the databases), `loader` and `reader` with the
passwords in `server.USERS`. PostgreSQL and the folder it lives in go away with the process, however
that ends.

What it cannot know about the real Redshift
-------------------------------------------
Taken from documents or from reports of others, where there are any, and from nobody where not:

* The wording and the SQLSTATE of most refusals of PostgreSQL's grammar, and error texts about
  NOT NULL, VARCHAR length in DML (on compute nodes Redshift adds a detail with code 8001),
  TRY_CAST, keys and owners. 1023, the conflict under snapshot isolation, the failure of COPY and
  its notices, IAM roles, S3 errors and unsupported column types are worded as clusters were seen
  to word them.
* Codes and reasons of load errors: 1204, 1206, 1207, 1213 and 1220 are documented; overflow (1216),
  a NUL character (1214), malformed JSON (1224) and what is no object (1216) are guesses. So are
  `position`, `lines_scanned` of JSON files and where COPY goes on after malformed JSON (here: the
  next line), and whether MAXERROR covers malformed JSON at all.
* COPY of `1540919166796.0` into BIGINT (refused; `integral_floats=True` takes it), of blanks around
  numbers in strings, of booleans into VARCHAR, of `\\u0000`, of lone surrogates, of control
  characters within strings, of a byte-order mark (malformed JSON here), of duplicate keys (the last
  one counts), and of keys that are missing for a column with a default (NULL here). Objects and
  arrays in VARCHAR columns are written without white space.
* COPY's order of files, its parallelism, the number of errors that it logs before it fails (here
  one more than MAXERROR), and what a backslash in its literals means (an escape here).
* The texts for a missing mandatory file, a broken manifest, a wrong GZIP file, a prefix without
  objects and a default role that is not set; whether such errors spare the rest of the session.
* What becomes of a transaction after TRUNCATE (here it is over, and the next statement commits
  itself), and whether `WITH … INSERT` is taken (refused here).
* When exactly serializable isolation finds a violation. Here PostgreSQL decides, by rows, and not
  at the level of tables, where Redshift finds more. Writers of one table wait for each other as
  documented (`table_locks`), but locks are taken in the order of the statements.
* Values of IDENTITY columns, beyond unique, with gaps and without order.
* Implicit casts: Redshift has those of PostgreSQL 8.0, for instance between text and numbers;
  here they are refused. Rounding of casts to integers, scale of DECIMAL arithmetic, time zones and
  the width of results of text functions are PostgreSQL's; casts to VARCHAR(n) cut at characters,
  and not at bytes.
* Correlated subqueries that Redshift does not support, limits (size of statements, columns,
  locks), plans, result caches and all that concerns speed. Statistics and VACUUM do nothing.
* Encodings that ENCODE AUTO chooses and their numbers in `attencodingtype`; AUTO distribution
  (shown as AUTO(ALL)); which privileges system views, LOCK and TRUNCATE want.

Not here: QUALIFY, UNLOAD, ALTER TABLE APPEND, SUPER, external tables, materialized views, COPY from
anything but JSON in S3 or with keys, ZSTD, case-sensitive identifiers, lateral column aliases
(except in the WHERE of catalogue queries), Python UDFs.

A trap: psycopg2's `connection.cancel()` holds Python's lock while it waits for the server, so it
must not be called in the process that runs the stand-in.
"""

from .faults import Fault
from .s3 import LocalS3
from .server import Standin

__all__ = ["Fault", "LocalS3", "Standin"]
