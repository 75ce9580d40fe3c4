"""When people listen: how many events a day has, and at which hour a session starts.

Demand grows over the period, has a weekly season (weekdays are busier than the weekend) and a
daily one (afternoons in UTC are busiest), and a little noise from day to day. `Clock` turns it
around: it says at what time the n-th event of the whole sample is due.
"""

from sparkify_dwh.sample.draws import Draws
from sparkify_dwh.sample.spec import MILLISECONDS_A_DAY, SampleSpec

_MILLISECONDS_AN_HOUR = MILLISECONDS_A_DAY // 24

# Monday to Sunday.
_WEEKDAYS = (1.00, 1.06, 1.18, 1.14, 1.02, 0.62, 0.52)

# The relative demand of the 24 hours in UTC. The listeners live in the United States, so the
# night is around 9 o'clock in UTC on weekdays; at weekends all starts later.
_WORKING_HOURS = (
    34, 31, 26, 22, 20, 18, 17, 18, 22, 30, 42, 55,
    62, 70, 84, 96, 104, 100, 92, 80, 68, 58, 48, 40,
)  # fmt: skip
_WEEKEND_HOURS = (
    44, 42, 38, 32, 26, 21, 18, 16, 16, 19, 25, 34,
    44, 55, 64, 72, 80, 86, 88, 86, 80, 72, 62, 52,
)  # fmt: skip
_SATURDAY = 5

# The demand of the first and of the last day, relative to the middle of the period.
_FIRST_DAY = 0.65
_LAST_DAY = 1.35
_NOISE = 0.16


def demand_by_day(spec: SampleSpec) -> list[float]:
    """Return how many events are due by the end of each day; the last number is all of them."""
    draws = Draws(spec.seed, "demand")
    due = []
    total = 0.0
    for number in range(spec.day_count):
        trend = _FIRST_DAY + (_LAST_DAY - _FIRST_DAY) * (number + 0.5) / spec.day_count
        noise = 1.0 + _NOISE * (draws.unit() - 0.5)
        total += trend * noise * _WEEKDAYS[spec.day(number).weekday()]
        due.append(total)
    return [spec.events * (share / total) for share in due]


class Clock:
    """The time at which events are due, read forwards."""

    def __init__(self, spec: SampleSpec) -> None:
        """Set the clock to the start of the first day."""
        self._spec = spec
        self._due_by_day = demand_by_day(spec)
        self._hours = self._hours_of(0)
        self._day = 0
        self._hour = 0
        self._hour_start = 0.0
        self._hour_end = self._hours[0]
        self._latest = 0.0

    def read(self, position: float) -> tuple[int, int]:
        """Return when an event is due: the day, from 0, and the milliseconds since midnight.

        The position is a number of events, from 0 to all of the sample. One that is less than
        what was read before is taken for that, since the clock never runs backwards.
        """
        self._latest = position = max(position, self._latest)
        while position >= self._hour_end and self._advance():
            pass
        width = self._hour_end - self._hour_start
        share = min((position - self._hour_start) / width, 0.999_999)
        return self._day, self._hour * _MILLISECONDS_AN_HOUR + int(share * _MILLISECONDS_AN_HOUR)

    def _advance(self) -> bool:
        """Go on to the next hour, and tell whether there is one."""
        if self._hour < len(self._hours) - 1:
            self._hour += 1
        elif self._day < len(self._due_by_day) - 1:
            self._day += 1
            self._hour = 0
            self._hours = self._hours_of(self._day)
        else:
            return False
        self._hour_start = self._hour_end
        self._hour_end = self._hours[self._hour]
        return True

    def _hours_of(self, day: int) -> list[float]:
        """Return how many events are due by the end of each hour of a day."""
        weekend = self._spec.day(day).weekday() >= _SATURDAY
        profile = _WEEKEND_HOURS if weekend else _WORKING_HOURS
        before = self._due_by_day[day - 1] if day else 0.0
        quota = self._due_by_day[day] - before
        total = sum(profile)
        return [before + quota * (sum(profile[: hour + 1]) / total) for hour in range(24)]
