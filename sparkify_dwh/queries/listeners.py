"""Where people listen, and on what: by place, browser and device."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Label,
    Select,
    String,
    Subquery,
    case,
    cast,
    func,
    null,
    or_,
    select,
)

from sparkify_dwh.queries.clients import Client, parse_user_agents
from sparkify_dwh.queries.plays import (
    Level,
    Moment,
    Place,
    count_plays,
    merge,
    most,
    per_user,
    share,
    songplays,
    total,
    within,
)
from sparkify_dwh.queries.registry import query


@query
def plays_by_place(
    *,
    n: int | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """Where is most played?

    Most plays first, then by place. The shares are of all plays, with ``n`` too.

    Columns:
        place (text): Metropolitan area, NULL where the logs give none.
        plays (integer): Plays there.
        users (integer): Users who played there.
        share (float): Share of all plays, 0 to 1.
    """
    where = within(start=start, end=end, level=level, place=place)
    places = count_plays(songplays.c.location.label("place"), where=where)
    return (
        select(places, share(places.c.plays).label("share"))
        .order_by(places.c.plays.desc().nulls_last(), places.c.place.asc().nulls_last())
        .limit(most(n))
    )


@query
def user_agents(
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """Which user agents do the plays come from?

    They are what ``plays_by_browser`` and ``plays_by_device`` want to be given. Most plays
    first, then by user agent.

    Columns:
        user_agent (text): The header as the app sent it, NULL where the logs give none.
        plays (integer): Plays with it.
    """
    return (
        select(songplays.c.user_agent, func.count().label("plays"))
        .where(*within(start=start, end=end, level=level, place=place))
        .group_by(songplays.c.user_agent)
        .order_by(func.count().desc().nulls_last(), songplays.c.user_agent.asc().nulls_last())
    )


@query
def plays_by_browser(
    user_agents: Iterable[str | None],
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """With which browsers do people listen?

    The user agents are parsed on the client (with ``ua-parser``, an extra): give those that
    the query ``user_agents`` finds; ``wh.queries`` does so by itself. Most plays first, then
    by browser.

    Columns:
        browser (text): Family of the browser, such as Firefox; NULL when it is not known.
        plays (integer): Plays with it.
        users (integer): Users who played with it.
        share (float): Share of all plays, 0 to 1.
    """
    where = within(start=start, end=end, level=level, place=place)
    clients = _count_clients(user_agents, {"browser": lambda client: client.browser}, where=where)
    return select(clients, share(clients.c.plays).label("share")).order_by(
        clients.c.plays.desc().nulls_last(), clients.c.browser.asc().nulls_last()
    )


@query
def plays_by_device(
    user_agents: Iterable[str | None],
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """On which devices and systems do people listen?

    The user agents are parsed on the client, as for ``plays_by_browser``. Most plays first,
    then by device and system.

    Columns:
        device (text): Mac, PC, iPhone, …; NULL when it is not known.
        system (text): Operating system, such as Windows; NULL when it is not known.
        plays (integer): Plays on it.
        users (integer): Users who played on it.
        share (float): Share of all plays, 0 to 1.
    """
    where = within(start=start, end=end, level=level, place=place)
    attributes: dict[str, _Attribute] = {
        "device": lambda client: client.device,
        "system": lambda client: client.system,
    }
    clients = _count_clients(user_agents, attributes, where=where)
    return select(clients, share(clients.c.plays).label("share")).order_by(
        clients.c.plays.desc().nulls_last(),
        clients.c.device.asc().nulls_last(),
        clients.c.system.asc().nulls_last(),
    )


_Attribute = Callable[[Client], str | None]


def _count_clients(
    agents: Iterable[str | None],
    attributes: dict[str, _Attribute],
    *,
    where: Sequence[ColumnElement[bool]],
) -> Subquery:
    """Count plays and users by attributes of the client that a user agent tells.

    The attributes are put on the counts per user and user agent, not on each play.
    """
    clients = parse_user_agents(agents)
    counts = per_user(songplays.c.user_agent.label("user_agent"), where=where)
    labels = [
        _told_by(counts.c.user_agent, clients, attribute).label(name)
        for name, attribute in attributes.items()
    ]
    told = select(*labels, counts.c.user_id, counts.c.plays).subquery("told")
    keys: list[Label[Any]] = [told.c[name].label(name) for name in attributes]
    users = (
        select(*keys, told.c.user_id, total(told.c.plays).label("plays"))
        .group_by(*(key.element for key in keys), told.c.user_id)
        .subquery("plays_of_client")
    )
    return merge(*keys, counts=users, name="clients")


def _told_by(
    user_agent: ColumnElement[Any], clients: dict[str, Client], attribute: _Attribute
) -> ColumnElement[Any]:
    """Return a CASE with one branch for each value of the attribute."""
    agents: dict[str, list[str]] = {}
    for agent in sorted(clients):
        value = attribute(clients[agent])
        if value is not None:
            agents.setdefault(value, []).append(agent)
    if not agents:
        return cast(null(), String(64))
    return case(
        *(
            (or_(*(user_agent == agent for agent in agents[value])), cast(value, String(64)))
            for value in sorted(agents)
        ),
        else_=None,
    )
