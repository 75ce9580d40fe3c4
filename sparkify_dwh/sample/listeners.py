"""Invented listeners: who they are, when they join and leave, and what each writes in the log."""

from sparkify_dwh.sample.draws import Draws
from sparkify_dwh.sample.log_format import log_json
from sparkify_dwh.sample.people import FIRST_NAMES, LAST_NAMES, METRO_AREAS, USER_AGENTS
from sparkify_dwh.sample.spec import MILLISECONDS_A_DAY, SampleSpec

# Listeners who are there from the first day; the others join later on.
_FOUNDING_SHARE = 0.5
# Listeners who leave for good some time after they joined.
_LEAVING_SHARE = 0.4
# The busiest listeners, and the shares of them and of the others who pay when they first appear.
_BUSIEST_SHARE = 0.2
_PAYING_SHARE_OF_BUSIEST = 0.6
_PAYING_SHARE = 0.12
# Founders signed up within so many days before the first day.
_DAYS_BEFORE = 45


class Listener:
    """A listener, with the parts of a log record that are the same in each of their records.

    A record of a listener is these parts with the values of the event in between, in this order:
    the artist, `opening`, itemInSession, `family`, length, level, `place`, the request,
    `since`, the session and the song, ts, `closing`.

    Attributes:
        joins: The first day, from 0, on which the listener has a session.
        leaves: The day from which the listener has no more sessions.
        paying: Whether the level is paid, as it changes over time.
        busy_until: When the latest session ends, in milliseconds since the first midnight.
        seen: Whether a record of the listener was written.
    """

    __slots__ = (
        "busy_until",
        "closing",
        "family",
        "joins",
        "leaves",
        "opening",
        "paying",
        "place",
        "seen",
        "since",
    )

    def __init__(self, draws: Draws, user_id: int, *, registration: int, paying: bool) -> None:
        """Invent a listener who signed up at a time in epoch milliseconds."""
        first_name, gender = draws.pick(FIRST_NAMES)
        self.opening = (
            f',"auth":"Logged In","firstName":{log_json(first_name)},"gender":"{gender}"'
            ',"itemInSession":'
        )
        self.family = f',"lastName":{log_json(draws.pick(LAST_NAMES))},"length":'
        self.place = f'","location":{log_json(draws.pick_early(METRO_AREAS))},"method":"'
        self.since = f'","registration":{registration}.0,"sessionId":'
        agent = log_json(draws.pick_early(USER_AGENTS))
        self.closing = f',"userAgent":{agent},"userId":"{user_id}"}}\n'
        self.paying = paying
        self.joins = 0
        self.leaves = 0
        self.busy_until = 0
        self.seen = False


def invent_listeners(spec: SampleSpec) -> list[Listener]:
    """Invent the listeners of a spec, the busiest first; user ids go by registration."""
    draws = Draws(spec.seed, "listeners")
    registrations = [_registration(draws, spec, first=not rank) for rank in range(spec.user_count)]
    by_date = sorted(range(spec.user_count), key=registrations.__getitem__)
    user_ids = {rank: number for number, rank in enumerate(by_date, start=2)}
    listeners = []
    for rank, registration in enumerate(registrations):
        busiest = rank < spec.user_count * _BUSIEST_SHARE
        paying = draws.chance(_PAYING_SHARE_OF_BUSIEST if busiest else _PAYING_SHARE)
        listener = Listener(
            draws,
            user_ids[rank],
            registration=spec.start_ms + registration,
            paying=paying,
        )
        # The first session is on the day after, so that nobody listens before they signed up.
        listener.joins = max(0, registration // MILLISECONDS_A_DAY + 1)
        listener.leaves = spec.day_count
        if rank and draws.chance(_LEAVING_SHARE):
            # Most of those who leave do so soon.
            share = draws.unit() * draws.unit()
            listener.leaves = listener.joins + 1 + int(share * spec.day_count)
        listeners.append(listener)
    return listeners


def _registration(draws: Draws, spec: SampleSpec, *, first: bool) -> int:
    """Draw when a listener signs up, in milliseconds since the first midnight.

    The busiest listener is always a founder, so that there is one on every day.
    """
    if draws.chance(_FOUNDING_SHARE) or first or spec.day_count == 1:
        return -1 - int(draws.unit() * _DAYS_BEFORE * MILLISECONDS_A_DAY)
    return int(draws.unit() * (spec.day_count - 1) * MILLISECONDS_A_DAY)


class Audience:
    """The listeners who are there on a day, and who among them comes next."""

    def __init__(self, spec: SampleSpec, draws: Draws) -> None:
        """Invent the listeners; nobody is there before the first day begins."""
        self._listeners = invent_listeners(spec)
        self._draws = draws
        self._newcomers: list[Listener] = []
        self._present: list[Listener] = []

    def begin_day(self, day: int) -> None:
        """Let listeners come and go; those who join today wait for their first session."""
        self._present = [one for one in self._listeners if one.joins <= day < one.leaves]
        if day:
            self._newcomers.extend([one for one in self._present if one.joins == day])

    def next_listener(self, now: int) -> Listener | None:
        """Draw a listener who is not in a session, or None when all that were asked are.

        The time is in milliseconds since the first midnight. Busy listeners come far more often
        than others, and newcomers before them.
        """
        draws = self._draws
        present = self._present
        if self._newcomers and draws.chance(0.3):
            newcomer = self._newcomers.pop()
            if newcomer.busy_until <= now:
                return newcomer
        for _ in range(6):
            listener = draws.pick_early(present)
            if listener.busy_until <= now:
                return listener
        for _ in range(6):
            listener = draws.pick(present)
            if listener.busy_until <= now:
                return listener
        return None

    def seen_count(self) -> int:
        """Return the number of listeners with a record in the log feed."""
        return sum(one.seen for one in self._listeners)
