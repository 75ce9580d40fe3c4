"""All statements that bring what is staged into the star, in order."""

from collections.abc import Iterator

from sqlalchemy import delete

from sparkify_dwh import tables
from sparkify_dwh.statements.catalogue import publish_catalogue
from sparkify_dwh.statements.fact import publish_plays
from sparkify_dwh.statements.listeners import publish_users
from sparkify_dwh.statements.staged import Staged
from sparkify_dwh.statements.step import Step
from sparkify_dwh.statements.tracks import rematch_tracks

#: The star, facts first: the order in which its rows can be deleted.
STAR = (tables.songplays, tables.time, tables.songs, tables.artists, tables.users)
#: What the loader remembers, in the order in which its rows can be deleted.
BOOKKEEPING = (
    tables.songplay_tracks,
    tables.tracks,
    tables.user_versions,
    tables.load_rejects,
    tables.load_files,
    tables.load_runs,
)


def publish(staged: Staged) -> Iterator[Step]:
    """Yield the statements that publish what is staged.

    The catalogue goes first: plays look their songs up in it. Temporary tables are left to the
    end of the session.
    """
    if staged.songs is not None:
        yield from publish_catalogue(staged.songs)
        yield from rematch_tracks()
    if staged.events is not None:
        yield from publish_users(staged.events)
        yield from publish_plays(staged)


def empty_warehouse() -> Iterator[Step]:
    """Yield the statements that empty star and bookkeeping, for a rebuild.

    DELETE, not TRUNCATE: on Redshift a TRUNCATE commits the transaction it stands in.
    """
    for table in (*BOOKKEEPING[:3], *STAR, *BOOKKEEPING[3:]):
        yield Step(f"{table.name}: delete all rows", delete(table))
