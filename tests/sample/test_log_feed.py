"""The log feed keeps the contract of the real one, record by record."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

Record = dict[str, Any]

KEYS = [
    "artist",
    "auth",
    "firstName",
    "gender",
    "itemInSession",
    "lastName",
    "length",
    "level",
    "location",
    "method",
    "page",
    "registration",
    "sessionId",
    "song",
    "status",
    "ts",
    "userAgent",
    "userId",
]

TYPES_OF_A_PLAY = {
    "artist": str, "auth": str, "firstName": str, "gender": str, "itemInSession": int,
    "lastName": str, "length": float, "level": str, "location": str, "method": str, "page": str,
    "registration": float, "sessionId": int, "song": str, "status": int, "ts": int,
    "userAgent": str, "userId": str,
}  # fmt: skip

OF_THE_SONG = {"artist", "length", "song"}
OF_THE_LISTENER = {"firstName", "gender", "lastName", "location", "registration", "userAgent"}

REQUESTS = {
    "About": ("GET", 200),
    "Add Friend": ("PUT", 307),
    "Add to Playlist": ("PUT", 200),
    "Downgrade": ("GET", 200),
    "Error": ("GET", 404),
    "Help": ("GET", 200),
    "Home": ("GET", 200),
    "Login": ("PUT", 307),
    "Logout": ("PUT", 307),
    "NextSong": ("PUT", 200),
    "Roll Advert": ("GET", 200),
    "Save Settings": ("PUT", 307),
    "Settings": ("GET", 200),
    "Submit Downgrade": ("PUT", 307),
    "Submit Upgrade": ("PUT", 307),
    "Thumbs Down": ("PUT", 307),
    "Thumbs Up": ("PUT", 307),
    "Upgrade": ("GET", 200),
}


def of_listeners(events: list[Record]) -> dict[str, list[Record]]:
    """Return the events of each user id, the empty one left out, in the order of their time."""
    by_user = defaultdict(list)
    for event in events:
        if event["userId"]:
            by_user[event["userId"]].append(event)
    return by_user


def test_a_record_is_written_as_the_real_feed_writes_it(read_back: Any) -> None:
    for lines in read_back.log_lines.values():
        for line in lines:
            minified = json.dumps(json.loads(line), separators=(",", ":"))
            assert line == minified.replace("/", "\\/")


def test_keys_come_in_the_order_of_the_jsonpaths_file(read_back: Any, events: list[Record]) -> None:
    jsonpaths = json.loads((read_back.folder / "log_json_path.json").read_text())
    assert jsonpaths == {"jsonpaths": [f"$['{key}']" for key in KEYS]}
    assert {tuple(event) for event in events} == {tuple(KEYS)}


def test_a_play_has_a_value_of_its_type_for_every_key(plays: list[Record]) -> None:
    for play in plays:
        assert {key: type(value) for key, value in play.items()} == TYPES_OF_A_PLAY
        assert int(play["userId"]) > 0
        assert play["length"] > 0


def test_only_a_play_has_a_song(events: list[Record]) -> None:
    for event in events:
        if event["page"] != "NextSong":
            assert all(event[key] is None for key in OF_THE_SONG)


def test_a_logged_out_record_has_nothing_of_the_listener(events: list[Record]) -> None:
    logged_out = [event for event in events if event["auth"] == "Logged Out"]
    assert logged_out
    for event in logged_out:
        assert event["userId"] == ""
        assert all(event[key] is None for key in OF_THE_LISTENER | OF_THE_SONG)
        assert event["page"] in {"Home", "Login", "Help", "About"}


def test_a_logged_in_record_has_all_of_the_listener(events: list[Record]) -> None:
    for event in events:
        if event["auth"] != "Logged Out":
            assert event["auth"] == "Logged In"
            assert all(type(event[key]) is TYPES_OF_A_PLAY[key] for key in OF_THE_LISTENER)
            assert event["gender"] in {"F", "M"}
            assert event["registration"].is_integer()
            assert event["userId"].isdecimal()


def test_every_page_occurs_with_its_method_and_status(events: list[Record]) -> None:
    seen = {(event["page"], event["method"], event["status"]) for event in events}
    assert seen == {(page, *request) for page, request in REQUESTS.items()}


def test_a_listener_stays_the_same_person(events: list[Record]) -> None:
    for own in of_listeners(events).values():
        assert len({tuple(event[key] for key in sorted(OF_THE_LISTENER)) for event in own}) == 1


def test_nobody_listens_before_they_registered(events: list[Record]) -> None:
    for own in of_listeners(events).values():
        assert own[0]["registration"] < own[0]["ts"]


def test_a_file_holds_the_events_of_its_day_in_utc_by_time(read_back: Any) -> None:
    for path, lines in read_back.log_lines.items():
        times = [json.loads(line)["ts"] for line in lines]
        days = {datetime.fromtimestamp(ts / 1000, UTC).strftime("%Y-%m-%d") for ts in times}
        day = path.name.removesuffix("-events.json")
        assert days == {day}
        assert path.parent == read_back.folder / "log_data" / day[:4] / day[5:7]
        assert times == sorted(times)


def test_the_files_are_one_a_day(read_back: Any) -> None:
    days = [path.name.removesuffix("-events.json") for path in read_back.log_lines]
    assert len(days) == read_back.summary.days == 40
    assert (days[0], days[-1]) == ("2018-11-01", "2018-12-10")


def test_items_of_a_session_count_from_zero_as_time_goes_on(
    sessions: list[list[Record]],
) -> None:
    for session in sessions:
        assert [event["itemInSession"] for event in session] == list(range(len(session)))
        assert len(session) < 500  # the generator has texts of twice as many numbers
        assert all(one["ts"] < next_one["ts"] for one, next_one in pairwise(session))


def test_ids_of_sessions_increase_with_their_start(sessions: list[list[Record]]) -> None:
    assert [session[0]["sessionId"] for session in sessions] == list(range(1, len(sessions) + 1))
    starts = [session[0]["ts"] for session in sessions]
    assert starts == sorted(starts)


def test_a_session_is_that_of_one_listener_at_most(sessions: list[list[Record]]) -> None:
    for session in sessions:
        assert len({event["userId"] for event in session} - {""}) <= 1


def test_some_sessions_cross_midnight(sessions: list[list[Record]]) -> None:
    crossing = [one for one in sessions if one[0]["ts"] // 86_400_000 < one[-1]["ts"] // 86_400_000]
    assert len(crossing) > 20


def test_sessions_of_a_listener_do_not_overlap(events: list[Record]) -> None:
    for own in of_listeners(events).values():
        session_ids = [event["sessionId"] for event in own]
        assert session_ids == sorted(session_ids)


def test_a_play_starts_when_the_one_before_is_over(sessions: list[list[Record]]) -> None:
    exact = late = 0
    for session in sessions:
        session_plays = [event for event in session if event["page"] == "NextSong"]
        for one, next_one in pairwise(session_plays):
            gap = next_one["ts"] - one["ts"] - int(one["length"] * 1000)
            assert gap >= -1
            exact += gap <= 1
            late += gap > 1
    assert exact > 20 * late


def test_the_natural_key_of_a_play_is_unique(plays: list[Record]) -> None:
    assert len({(play["userId"], play["sessionId"], play["ts"]) for play in plays}) == len(plays)


@pytest.mark.parametrize(
    ("page", "before", "after"),
    [("Submit Upgrade", "free", "paid"), ("Submit Downgrade", "paid", "free")],
)
def test_a_submission_changes_the_level(
    events: list[Record], page: str, before: str, after: str
) -> None:
    changes = 0
    for own in of_listeners(events).values():
        for event, next_event in pairwise(own):
            if event["page"] == page:
                assert (event["level"], next_event["level"]) == (before, after)
                changes += 1
    assert changes > 5


def test_the_level_changes_at_a_submission_only(events: list[Record]) -> None:
    for own in of_listeners(events).values():
        for event, next_event in pairwise(own):
            if not event["page"].startswith("Submit"):
                assert event["level"] == next_event["level"]


def test_a_logged_out_record_has_the_level_of_its_session(
    sessions: list[list[Record]],
) -> None:
    for session in sessions:
        for event, next_event in pairwise(session):
            if "" in {event["userId"], next_event["userId"]}:
                assert event["level"] == next_event["level"]


def test_only_who_pays_can_downgrade_and_only_who_does_not_can_upgrade(
    events: list[Record],
) -> None:
    levels = defaultdict(set)
    for event in events:
        levels[event["page"]].add(event["level"])
    assert levels["Upgrade"] == levels["Submit Upgrade"] == levels["Roll Advert"] == {"free"}
    assert levels["Downgrade"] == levels["Submit Downgrade"] == {"paid"}


def test_names_and_places_go_beyond_ascii(events: list[Record]) -> None:
    for key in ("artist", "song", "firstName", "lastName", "location"):
        assert any(event[key] and not event[key].isascii() for event in events), key


def test_user_agents_are_those_of_desktops_and_phones(events: list[Record]) -> None:
    agents = {event["userAgent"] for event in events if event["userAgent"]}
    for word in ("Windows", "Macintosh", "Linux", "iPhone", "iPad", "Android", "Firefox", "Chrome"):
        assert any(word in agent for agent in agents), word
    assert any(agent.startswith('"') for agent in agents)
    assert any(not agent.startswith('"') for agent in agents)
