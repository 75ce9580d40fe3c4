"""Users: from the staged events into the star, each as the latest record has them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, literal, select

from sparkify_dwh import tables
from sparkify_dwh.statements.events import is_of_user, text_of, user_number
from sparkify_dwh.statements.ranking import (
    ascending,
    descending,
    labelled,
    ranked,
    winners_replace,
)
from sparkify_dwh.statements.step import Step

#: Name of the temporary table of each user's latest records.
RANKED_USERS = "ranked_users"

_ATTRIBUTES = ("first_name", "last_name", "gender", "level")
_VERSION = ("ts", "session_id", "item_in_session")


def publish_users(staging_events: FromClause) -> Iterator[Step]:
    """Yield the statements that bring the users of the staged events into the star."""
    users, versions = tables.users, tables.user_versions

    def kept(offered: FromClause) -> Select[Any]:
        return (
            select(users.c.user_id, *_columns(versions, _VERSION), *_columns(users, _ATTRIBUTES))
            .join_from(users, versions, users.c.user_id == versions.c.user_id)
            .where(users.c.user_id.in_(select(offered.c.user_id)))
        )

    staged = _latest_records(staging_events)
    latest = ranked(RANKED_USERS, staged=staged, kept=kept, key=["user_id"], order=_latest_first)
    yield Step("users: rank the latest records of each user", latest)
    for target, names in ((users, _ATTRIBUTES), (versions, _VERSION)):
        content = labelled(latest.table, *names)
        yield from winners_replace(latest.table, target, key=["user_id"], content=content)


def _columns(table: FromClause, names: tuple[str, ...]) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in names]


def _latest_records(events: FromClause) -> Select[Any]:
    """Select the staged records that hold the highest ts of their user.

    Few rows per user are left to be ranked: a hash aggregate over all events is several
    times cheaper than a window over them.
    """
    latest = (
        select(events.c.user_id, func.max(events.c.ts).label("ts"))
        .where(is_of_user(events))
        .group_by(events.c.user_id)
        .subquery("latest")
    )
    return (
        select(
            user_number(events).label("user_id"),
            events.c.ts,
            func.coalesce(events.c.session_id, literal(-1)).label("session_id"),
            func.coalesce(events.c.item_in_session, literal(-1)).label("item_in_session"),
            *(text_of(events.c, name).label(name) for name in _ATTRIBUTES),
        )
        .join_from(
            events,
            latest,
            (events.c.user_id == latest.c.user_id) & (events.c.ts == latest.c.ts),
        )
        .distinct()
    )


def _latest_first(users: FromClause) -> list[ColumnElement[Any]]:
    """Order by the record's place in time; its content decides what still ties."""
    return [*descending(users, *_VERSION), *ascending(users, *_ATTRIBUTES)]
