"""All statements that bring what is staged into the star, in order."""

from collections.abc import Iterator

from sqlalchemy import MetaData, Table, delete
from sqlalchemy.schema import DropTable

from sparkify_dwh.models import (
    Artist,
    Base,
    LoadFile,
    LoadReject,
    LoadRun,
    Song,
    SongPlay,
    SongPlayTrack,
    Time,
    Track,
    User,
    UserVersion,
    table_of,
)
from sparkify_dwh.statements.catalogue import RANKED_ARTISTS, RANKED_SONGS, publish_catalogue
from sparkify_dwh.statements.fact import (
    CONTESTED,
    CONTESTED_KEYS,
    REMATCHED,
    publish_plays,
    rematch_tracks,
)
from sparkify_dwh.statements.listeners import RANKED_USERS, publish_users
from sparkify_dwh.statements.staged import Staged
from sparkify_dwh.statements.step import Step

#: The star, facts first: the order in which its rows can be deleted.
STAR: tuple[type[Base], ...] = (SongPlay, Time, Song, Artist, User)
#: What the loader remembers, in the order in which its rows can be deleted.
BOOKKEEPING: tuple[type[Base], ...] = (
    SongPlayTrack,
    Track,
    UserVersion,
    LoadReject,
    LoadFile,
    LoadRun,
)


def publish(staged: Staged) -> Iterator[Step]:
    """Yield the statements that publish what is staged.

    The catalogue goes first: plays look their songs up in it.
    """
    if staged.songs is not None:
        yield from publish_catalogue(staged.songs)
        yield from rematch_tracks()
    if staged.events is not None:
        yield from publish_users(staged.events)
        yield from publish_plays(staged)


def drop_scratch(staged: Staged) -> Iterator[Step]:
    """Yield the statements that drop the temporary tables of :func:`publish`.

    They would go with the session; a session that loads twice needs their names again.
    """
    names = [] if staged.songs is None else [RANKED_ARTISTS, RANKED_SONGS, REMATCHED]
    if staged.events is not None:
        names += [RANKED_USERS, CONTESTED_KEYS, CONTESTED]
    for name in names:
        # Where no play was contested, one of them was never made.
        yield Step(f"{name}: drop", DropTable(Table(name, MetaData()), if_exists=True))


def empty_warehouse() -> Iterator[Step]:
    """Yield the statements that empty star and bookkeeping, for a rebuild.

    DELETE, not TRUNCATE: on Redshift a TRUNCATE commits the transaction it stands in.
    """
    for model in (*BOOKKEEPING[:3], *STAR, *BOOKKEEPING[3:]):
        table = table_of(model)
        yield Step(f"{table.name}: delete all rows", delete(table))
