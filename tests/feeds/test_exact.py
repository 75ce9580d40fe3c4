"""Whole files: the canonical form that is written, and the counts."""

import gzip
import io
import json

import pytest

from sparkify_dwh.feeds import exact
from sparkify_dwh.feeds.contract import LOG_FEED, SONG_FEED
from sparkify_dwh.feeds.exact import normalise
from sparkify_dwh.feeds.reject import Reason, Reject
from tests.feeds.reading import GOOD, HOME, PLAY, SONG, URI, line


def run(data, out=None, feed=LOG_FEED, **more):
    out = io.BytesIO() if out is None else out
    verdict = normalise(
        feed,
        io.BytesIO(data),
        uri=URI,
        out=out,
        file_id_key="file_id",
        number_key="record_number",
        file_id=17,
        **more,
    )
    return verdict, out.getvalue()


def test_the_canonical_form_is_exact():
    record = {
        **{key: HOME[key] for key in reversed(HOME)},
        "new": [1],
        "userId": 8,
        "length": 200,
        "registration": 1540919166796,
        "song": 'Tab\t "é" \U0001f600 \\ / \x7f\u2028',
        "level": "",
    }
    _, text = run(GOOD + b"oops\n" + json.dumps(record).encode())
    assert text.decode() == (
        '{"file_id":17,"record_number":2,"artist":null,"auth":"Logged In","firstName":"Jacob",'
        '"gender":"M","itemInSession":53,"lastName":"Klein","length":200.0,"level":"",'
        '"location":"Tampa-St. Petersburg-Clearwater, FL","method":"PUT","page":"Home",'
        '"registration":1540919166796.0,"sessionId":954,'
        '"song":"Tab\\t \\"é\\" \U0001f600 \\\\ / \x7f\u2028","status":200,"ts":1543449657796,'
        '"userAgent":"\\"Mozilla/5.0 (Macintosh)\\"","userId":"8"}\n'
    )


def test_what_was_written_reads_back_as_the_same():
    records = [{**PLAY, "length": number} for number in (1e-7, 1e300, 0.1, 5e-324, 123456789.125)]
    verdict, text = run(b"\n".join(line(record) for record in records))
    assert verdict.accepted == len(records)
    for number, (record, written) in enumerate(
        zip(records, text.splitlines(), strict=True), start=1
    ):
        assert json.loads(written) == {"file_id": 17, "record_number": number, **record}
    again, _ = run(text)
    assert again.unknown_keys == {"file_id", "record_number"}
    assert again.accepted == len(records)


def test_songs_have_no_plays():
    verdict, text = run(line(SONG), feed=SONG_FEED)
    assert (verdict.records, verdict.accepted, verdict.plays) == (1, 1, 0)
    assert json.loads(text) == {"file_id": 17, "record_number": 1, **SONG}


def test_the_counts_come_out():
    data = b"\n".join([GOOD, b"oops", line(HOME), b"7", b"{}", GOOD[:-1] + b', "New": 1}'])
    verdict, text = run(data)
    assert (verdict.records, verdict.accepted, verdict.rejected, verdict.plays) == (6, 3, 3, 2)
    assert [(r.line, str(r.reason)) for r in verdict.rejects] == [
        (2, "malformed_json"),
        (4, "not_an_object"),
        (5, "missing"),
    ]
    assert verdict.reasons == {
        Reason.MALFORMED_JSON: 1,
        Reason.NOT_AN_OBJECT: 1,
        Reason.MISSING: 1,
    }
    assert verdict.unknown_keys == {"New"}
    assert [json.loads(written)["record_number"] for written in text.splitlines()] == [1, 3, 6]


def test_the_rejects_that_are_kept_are_bounded():
    verdict, _ = run(b"{}\n" * 2500)
    assert len(verdict.rejects) == exact.REJECTS_KEPT
    assert verdict.reasons == {Reason.MISSING: 2500}
    assert verdict.rejected == 2500


def test_the_unknown_keys_that_are_kept_are_bounded():
    data = b"\n".join(line({**PLAY, "k" * 200 + str(n): 0, f"{n}": 0}) for n in range(1500))
    verdict, _ = run(data)
    assert verdict.accepted == 1500
    assert len(verdict.unknown_keys) == exact.UNKNOWN_KEYS_KEPT
    assert max(map(len, verdict.unknown_keys)) == 128


def test_more_records_than_one_write_holds():
    verdict, text = run((GOOD + b"\n") * 2500)
    assert verdict.plays == text.count(b"\n") == 2500
    assert text.endswith(b"}\n")


def test_gzip_files_are_read():
    assert run(gzip.compress(GOOD)) == run(GOOD)


@pytest.mark.parametrize("where", ["cut", "checksum", "tail"])
def test_nothing_of_a_corrupt_file_counts(where):
    packed = bytearray(gzip.compress((GOOD + b"\n") * 5000))
    if where == "cut":
        del packed[-9:]
    elif where == "checksum":
        packed[-8] ^= 1
    else:
        packed += b"x"
    out = io.BytesIO()
    out.write(b"what was there\n")
    verdict, text = run(bytes(packed), out)
    assert text == b"what was there\n"
    assert out.tell() == len(text)
    assert (verdict.records, verdict.accepted, verdict.rejected, verdict.plays) == (1, 0, 1, 0)
    (reject,) = verdict.rejects
    assert (reject.line, reject.reason) == (None, Reason.CORRUPT_COMPRESSION)
    assert reject.detail.startswith("gzip stream")


def test_a_file_that_grows_too_much_is_corrupt():
    verdict, text = run(gzip.compress(GOOD * 1000), max_output=100_000)
    assert text == b""
    assert verdict.rejects[0].detail == "gzip stream grows beyond 100000 bytes"


def test_a_corrupt_page_is_corrupt():
    verdict, _ = run(gzip.compress(b"<p>\n" * 1_000_000)[:-1])
    assert verdict.reasons == {Reason.CORRUPT_COMPRESSION: 1}


def test_a_page_is_one_reject():
    verdict, text = run(b"<html>\n" * 10_000)
    assert text == b""
    assert (verdict.records, verdict.rejected) == (1, 1)
    assert verdict.rejects == [
        Reject(
            uri=URI,
            line=None,
            reason=Reason.NOT_JSON,
            key=None,
            detail=verdict.rejects[0].detail,
            raw=("<html>\n" * 1000)[:4096],
        )
    ]


def test_a_read_error_leaves_nothing_behind():
    class Broken(io.BytesIO):
        def read(self, size=-1, /):
            piece = super().read(size)
            if not piece:
                raise OSError("the connection is gone")
            return piece

    out = io.BytesIO()
    with pytest.raises(OSError, match="connection is gone"):
        normalise(
            LOG_FEED,
            Broken((GOOD + b"\n") * 5000),
            uri=URI,
            out=out,
            file_id_key="f",
            number_key="n",
            file_id=1,
        )
    assert out.getvalue() == b""


def test_a_path_is_read(tmp_path):
    path = tmp_path / "a *?[x]+%2F ü.json"
    path.write_bytes(GOOD)
    verdict = normalise(
        LOG_FEED, path, uri=URI, out=io.BytesIO(), file_id_key="%s", number_key='"', file_id=1
    )
    assert verdict.accepted == 1


def test_odd_key_names_are_data():
    out = io.BytesIO()
    normalise(
        LOG_FEED, io.BytesIO(GOOD), uri=URI, out=out, file_id_key="%s", number_key='"', file_id=1
    )
    assert json.loads(out.getvalue()) == {"%s": 1, '"': 1, **PLAY}
