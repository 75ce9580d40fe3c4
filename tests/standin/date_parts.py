"""Names of date parts: Redshift takes many spellings of each, and without quotes."""

from __future__ import annotations

from .errors import Refusal
from .tokens import STRING, Token

_SPELLINGS = {
    "millennium": "millennia mil mils",
    "century": "centuries c cent cents",
    "decade": "decades dec decs",
    "year": "years y yr yrs",
    "quarter": "quarters qtr qtrs",
    "month": "months mon mons",
    "week": "weeks w",
    "dow": "dayofweek dw weekday",
    "doy": "dayofyear dy yearday",
    "day": "days d",
    "hour": "hours h hr hrs",
    "minute": "minutes m min mins",
    "second": "seconds s sec secs",
    "milliseconds": "millisecond ms msec msecs msecond mseconds millisec millisecs millisecon",
    "microseconds": "microsecond us usec usecs usecond useconds microsec microsecs microsecon",
    "epoch": "",
    "timezone": "",
    "timezone_hour": "",
    "timezone_minute": "",
}
_NAMES = {
    spelling: name
    for name, spellings in _SPELLINGS.items()
    for spelling in (name, *spellings.split())
}


def date_part(tokens: list[Token]) -> str:
    """Returns PostgreSQL's name of the date part that these tokens spell."""
    if len(tokens) != 1 or not (tokens[0].is_name or tokens[0].kind == STRING):
        raise Refusal("42601", "syntax error: a date part is expected")
    spelling = tokens[0].value.lower()
    if spelling not in _NAMES:
        raise Refusal("22023", f'timestamp units "{spelling}" not recognized')
    return _NAMES[spelling]
