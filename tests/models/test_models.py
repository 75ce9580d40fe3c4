"""The classes are those of the tables, with relationships that work in a notebook."""

import datetime as dt
from typing import get_type_hints

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, joinedload

from sparkify_dwh import schema
from sparkify_dwh.engines.connect import open_engine
from sparkify_dwh.load import load
from sparkify_dwh.models import Artist, Base, Song, SongPlay, User
from sparkify_dwh.settings import Settings
from sparkify_dwh.tables import metadata

MAPPERS = sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    settings = Settings.resolve(database_url=f"duckdb:///{folder}/warehouse.duckdb")
    schema.upgrade(settings)
    load(settings)
    engine = open_engine(settings)
    yield engine
    engine.dispose()


def test_every_table_has_a_class() -> None:
    assert {mapper.local_table for mapper in MAPPERS} == {*metadata.sorted_tables}


@pytest.mark.parametrize("mapper", MAPPERS, ids=lambda mapper: mapper.class_.__name__)
def test_class_is_annotated_as_its_table_is(mapper) -> None:
    hints = get_type_hints(mapper.class_)
    annotated = {name: hints[name] for name in mapper.class_.__annotations__}
    for name in [relationship.key for relationship in mapper.relationships]:
        del annotated[name]
    assert annotated == {
        column.name: Mapped[kind | None] if column.nullable else Mapped[kind]
        for column in mapper.local_table.columns
        for kind in [column.type.python_type]
    }
    assert [*annotated] == mapper.local_table.columns.keys(), "in another order"


def test_a_play_reaches_its_song_artist_user_and_time(engine) -> None:
    with Session(engine) as session:
        query = (
            sa.select(SongPlay)
            .where(SongPlay.song_id.is_not(None))
            .options(joinedload(SongPlay.song), joinedload(SongPlay.user))
            .order_by(SongPlay.start_time)
            .limit(5)
        )
        plays = session.scalars(query).all()
        assert len(plays) == 5
        for play in plays:
            assert play.song.song_id == play.song_id
            assert play.song.artist.artist_id == play.artist.artist_id == play.artist_id
            assert play.user.user_id == play.user_id
            assert play.time.hour == play.start_time.hour
            assert play.time.weekday == play.start_time.isoweekday() % 7
            assert play.time.week == play.start_time.isocalendar().week
            assert isinstance(play.start_time, dt.datetime)


def test_a_song_reaches_its_plays(engine) -> None:
    with Session(engine) as session:
        song = session.scalars(
            sa.select(Song).join(SongPlay, SongPlay.song_id == Song.song_id).limit(1)
        ).first()
        assert song is not None
        assert {play.song_id for play in song.plays} == {song.song_id}
        assert song in session.get(Artist, song.artist_id).songs


def test_core_and_orm_count_the_same(engine) -> None:
    with Session(engine) as session:
        by_orm = session.scalar(sa.select(sa.func.count()).select_from(User))
        by_core = session.scalar(sa.text("SELECT count(*) FROM users"))
    assert by_orm == by_core > 0


def test_repr_shows_the_key_only(engine) -> None:
    user = User(user_id=8, first_name="Kaylee", last_name="Summers", gender="F", level="free")
    assert repr(user) == "<User user_id=8>"
