"""The contract of each field, on both sides of every limit."""

import json

import pytest

from sparkify_dwh.feeds.contract import (
    EARLIEST_TS,
    END_OF_TS,
    FEEDS,
    LOG_FEED,
    SONG_FEED,
    Contract,
)
from sparkify_dwh.feeds.exact import Accepted
from sparkify_dwh.feeds.reject import Reason
from tests.feeds.reading import HOME, PLAY, SONG, line, only_accepted, only_reject, read

RECORDS = {"log": PLAY, "song": SONG}


def with_json(key, text, record=HOME):
    """Return a record's text with a piece of JSON as the value of a key."""
    marked = json.dumps({**record, key: "@@"}).encode()
    return marked.replace(b'"@@"', text if isinstance(text, bytes) else text.encode())


def fault(key, text, record=HOME, feed=LOG_FEED):
    reject = only_reject(with_json(key, text, record), feed)
    assert reject.key == key
    return str(reject.reason)


def value(key, text, record=HOME, feed=LOG_FEED):
    return only_accepted(with_json(key, text, record), feed)[key]


TEXT_FIELDS = [
    (feed, field) for feed in FEEDS for field in feed.fields if field.contract is Contract.TEXT
]


@pytest.mark.parametrize(("feed", "field"), TEXT_FIELDS, ids=lambda part: getattr(part, "key", ""))
@pytest.mark.parametrize("letter", ["x", "é", "€", "\U0001f600"])
def test_text_is_measured_in_bytes(feed, field, letter):
    width = len(letter.encode())
    fits = letter * (field.max_bytes // width) + "x" * (field.max_bytes % width)
    record = RECORDS[feed.name]
    assert only_accepted({**record, field.key: fits[:-1]}, feed)[field.key] == fits[:-1]
    assert only_accepted({**record, field.key: fits}, feed)[field.key] == fits
    reject = only_reject({**record, field.key: fits + "x"}, feed)
    assert (reject.reason, reject.key) == (Reason.TOO_LONG, field.key)
    assert reject.detail.startswith(f"{field.max_bytes + 1} bytes, at most {field.max_bytes}: ")


@pytest.mark.parametrize(
    ("key", "text", "size"),
    [("firstName", "\U0001f600" * 100, 400), ("artist", "é" * 300, 600)],
)
def test_wide_characters_count_as_their_bytes(key, text, size):
    reject = only_reject({**PLAY, key: text})
    assert reject.reason is Reason.TOO_LONG
    assert reject.detail.startswith(f"{size} bytes")


@pytest.mark.parametrize("text", ["1", "1.5", "true", "[]", "{}", '["x"]', '{"a": 1}'])
def test_text_fields_take_texts_only(text):
    assert fault("artist", text) == "bad_type"


def test_a_nul_character_is_refused_in_known_fields_only():
    assert fault("artist", r'"a\u0000b"') == "nul_character"
    assert fault("userId", r'"\u0000"') == "nul_character"
    assert value("artist", r'"a\\u0000b"') == "a\\u0000b"
    assert only_accepted(with_json("new\0key", r'"\u0000"'))


@pytest.mark.parametrize("key", ["ts", "sessionId", "itemInSession", "status"])
@pytest.mark.parametrize(
    "text",
    ["139.0", "139.5", "1e3", "1541105830796.0", "true", "false", '"139"', "[1]", "{}", "1e400"],
)
def test_integer_fields_take_integers_only(key, text):
    assert fault(key, text) == "bad_type"


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [
        ("status", -(2**31), 2**31 - 1),
        ("itemInSession", -(2**31), 2**31 - 1),
        ("sessionId", -(2**63), 2**63 - 1),
        ("ts", EARLIEST_TS, END_OF_TS - 1),
    ],
)
def test_integers_stay_within_their_column(key, low, high):
    for number in (low, low + 1, high - 1, high):
        assert value(key, str(number)) == number
    for number in (low - 1, high + 1, 10**30, -(10**5000), 10**5000):
        text = "-" * (number < 0) + "1" + "0" * 5000 if abs(number) > 10**30 else str(number)
        assert fault(key, text) == "out_of_range"


def test_minus_zero_is_zero():
    assert repr(value("status", "-0")) == "0"
    assert value("userId", "-0") == "0"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("1541105830", "1541105830 is before 2000-01-01 (seconds instead of milliseconds?)"),
        (
            "1541105830796000",
            "1541105830796000 is after 2100-12-31 (microseconds instead of milliseconds?)",
        ),
        ("-1", "-1 is before 2000-01-01"),
        ("9" * 100, "9" * 79 + "… is after 2100-12-31"),
        ("9" * 5000, "an integer of 5000 digits is no time"),
        ('"abc"', '"abc" is not an integer'),
        ("1541105830796.5", "1541105830796.5 is not an integer"),
        ("1e400", "a number too large for double precision is not an integer"),
        ("{}", "an object is not an integer"),
        ('"' + "é" * 500 + '"', '"' + "é" * 78 + "… is not an integer"),
    ],
)
def test_the_detail_is_short_and_shows_the_value(text, detail):
    assert only_reject(with_json("ts", text)).detail == detail


def test_float_fields_take_any_finite_number():
    assert value("length", "238") == 238.0
    assert isinstance(value("length", "238"), float)
    assert value("length", "1e3") == 1000.0
    assert value("length", "-0.5") == -0.5
    assert value("length", "null") is None
    assert value("length", "1" + "0" * 300) == 1e300
    for text in ("1e400", "-1e400", "1" + "0" * 400, "-" + "1" * 5000):
        assert fault("length", text) == "out_of_range"
    for text in ('"1"', "true", "[]", "{}", '""'):
        assert fault("length", text) == "bad_type"


def test_registration_is_an_integral_number():
    for text in ("1540919166796.0", "1540919166796", "1.540919166796e12"):
        assert repr(value("registration", text)) == "1540919166796.0"
    for text in (str(2**53), str(-(2**53)), f"{2**53}.0"):
        assert value("registration", text) == float(text)
    for text in (str(2**53 + 1), str(-(2**53) - 1), "1e16", "1e400", "1" * 5000):
        assert fault("registration", text) == "out_of_range"
    for text in ("1540919166796.5", "0.1", "-0.5", '"1540919166796.0"', "true", "[]", '""'):
        assert fault("registration", text) == "bad_type"


def test_user_id_is_the_text_of_an_integer():
    for text in ('"8"', "8"):
        assert value("userId", text) == "8"
        assert value("userId", text, PLAY) == "8"
    assert value("userId", '"-8"') == "-8"
    assert value("userId", '"0"') == "0"
    assert value("userId", '""') == ""
    assert value("userId", "null") is None
    for number in (2**63 - 1, -(2**63)):
        assert value("userId", str(number)) == value("userId", f'"{number}"') == str(number)
    for text in ("08", "+8", " 8", "8 ", "-0", "8.0", "1e3", "abc", "٣", "8\\n", "--8", "-"):
        assert fault("userId", f'"{text}"') == "bad_type"
    for text in ("8.0", "1e3", "true", "[]", "{}", "1e400"):
        assert fault("userId", text) == "bad_type"
    for text in (str(2**63), str(-(2**63) - 1), "9" * 100, "9" * 5000):
        assert fault("userId", text) == "out_of_range"
        assert fault("userId", f'"{text}"') == "out_of_range"


@pytest.mark.parametrize("record", [HOME, PLAY], ids=["home", "play"])
@pytest.mark.parametrize("key", ["ts", "page"])
def test_required_fields_are_required_on_every_page(record, key):
    for bad in (
        {**record, key: None},
        {**record, key: ""},
        {k: record[k] for k in record if k != key},
    ):
        reject = only_reject(bad)
        assert (reject.reason, reject.key) == (Reason.MISSING, key)


@pytest.mark.parametrize("key", ["userId", "sessionId", "itemInSession"])
def test_a_play_needs_its_user_session_and_item(key):
    for bad in ({**PLAY, key: None}, {**PLAY, key: ""}, {k: PLAY[k] for k in PLAY if k != key}):
        reject = only_reject(bad)
        assert (reject.reason, reject.key) == (Reason.MISSING, key)
    assert only_accepted({**HOME, key: None})[key] is None
    assert only_accepted({k: HOME[k] for k in HOME if k != key})[key] is None


@pytest.mark.parametrize("key", ["song_id", "artist_id"])
def test_a_song_needs_its_ids(key):
    for bad in ({**SONG, key: None}, {**SONG, key: ""}, {k: SONG[k] for k in SONG if k != key}):
        reject = only_reject(bad, SONG_FEED)
        assert (reject.reason, reject.key) == (Reason.MISSING, key)


def test_the_fields_that_are_not_required_may_all_be_missing():
    values = only_accepted({"ts": PLAY["ts"], "page": "Home"})
    assert {key for key in values if values[key] is not None} == {"ts", "page"}


def test_empty_texts_stay_empty():
    assert only_accepted({**PLAY, "artist": "", "location": ""})["artist"] == ""


def test_the_first_failing_field_of_the_feed_decides():
    bad = {**PLAY, "userId": None, "status": "x", "artist": 1}
    assert only_reject(dict(reversed(bad.items()))).key == "artist"


def test_unknown_keys_are_drift():
    data = line({**PLAY, "TS": 1, "UserId": {"a": []}, "": None})
    (record,) = read(data)
    assert isinstance(record, Accepted)
    assert record.unknown == ("TS", "UserId", "")
    assert record.values == tuple(PLAY.values())


def test_a_key_in_the_wrong_case_leaves_its_field_missing():
    reject = only_reject({("TS" if key == "ts" else key): PLAY[key] for key in PLAY})
    assert (reject.reason, reject.key) == (Reason.MISSING, "ts")


def test_a_known_key_twice_is_refused_even_with_the_same_value():
    reject = only_reject(line(PLAY)[:-1] + b', "ts": 1543449657796, "ts": 1}')
    assert (reject.reason, reject.key) == (Reason.DUPLICATE_KEY, "ts")
    assert reject.detail == "the key occurs 3 times"
    reject = only_reject(line(PLAY)[:-1] + rb', "\u0074s": 1}')
    assert (reject.reason, reject.key) == (Reason.DUPLICATE_KEY, "ts")


def test_an_unknown_key_twice_is_no_matter():
    (record,) = read(line(PLAY)[:-1] + b', "new": 1, "new": {"ts": 1, "ts": 2}}')
    assert isinstance(record, Accepted)
    assert record.unknown == ("new",)


def test_sql_and_templates_are_data():
    for text in ("'; DROP TABLE users; --", "%s %(a)s :name {0} $1", "\\", "\\N", "\x7f\u2028"):
        assert only_accepted({**PLAY, "song": text})["song"] == text
