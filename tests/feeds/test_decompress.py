"""Compressed files: recognised by their bytes, read whole or not at all."""

import functools
import gzip
import io
import zlib

import pytest

from sparkify_dwh.feeds.decompress import CorruptCompression, DecompressionBomb, open_plain
from tests.feeds.reading import GOOD

PLAIN = (GOOD + b"\n") * 300
PACKED = gzip.compress(PLAIN)


def everything(data, size=1000, **limits):
    pieces = []
    with open_plain(io.BytesIO(data), **limits) as stream:
        while piece := stream.read(size):
            assert len(piece) <= size
            pieces.append(piece)
    return b"".join(pieces)


def corrupt(data, size=1000, **limits):
    with pytest.raises(CorruptCompression) as error:
        everything(data, size, **limits)
    return error.value.detail


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
def test_gzip_and_plain_files_give_the_same_bytes(size):
    assert everything(PLAIN, size) == everything(PACKED, size) == PLAIN


@pytest.mark.parametrize("data", [b"", b"\x1f", b"{", b"{}", b"\x1f{"])
def test_short_plain_files_are_plain(data):
    assert everything(data) == data


def test_the_name_tells_nothing(tmp_path):
    plain, packed = tmp_path / "plain.json.gz", tmp_path / "packed.json"
    plain.write_bytes(PLAIN)
    packed.write_bytes(PACKED)
    for path in (plain, str(packed)):
        with open_plain(path) as stream:
            assert b"".join(iter(functools.partial(stream.read, 1000), b"")) == PLAIN


@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
def test_every_member_is_read(size):
    members = [gzip.compress(PLAIN), gzip.compress(b""), gzip.compress(b"x"), gzip.compress(PLAIN)]
    assert everything(b"".join(members), size) == PLAIN + b"x" + PLAIN
    assert everything(gzip.compress(b"")) == b""


@pytest.mark.parametrize("missing", range(1, len(PACKED) - 1, 7))
def test_a_gzip_file_cut_anywhere_is_corrupt(missing):
    assert corrupt(PACKED[:-missing]) == "gzip stream is cut short"


def test_a_second_member_cut_short_is_corrupt():
    for length in range(1, 30):
        assert corrupt(PACKED + PACKED[:length])


def test_a_cut_at_a_flush_boundary_is_corrupt():
    packer = zlib.compressobj(wbits=31)
    flushed = packer.compress(PLAIN) + packer.flush(zlib.Z_FULL_FLUSH)
    assert corrupt(flushed) == "gzip stream is cut short"


@pytest.mark.parametrize(
    ("offset", "detail"),
    [(-8, "incorrect data check"), (-4, "incorrect length check"), (3, "unknown header flags set")],
)
def test_wrong_checksums_and_lengths_are_corrupt(offset, detail):
    data = bytearray(PACKED)
    data[offset] ^= 0xFF
    assert corrupt(bytes(data)) == f"gzip stream is damaged: {detail}"
    assert corrupt(PACKED + bytes(data) + PACKED) == f"gzip stream is damaged: {detail}"


@pytest.mark.parametrize("position", range(10, len(PACKED), 11))
def test_a_damaged_byte_never_passes(position):
    data = bytearray(PACKED)
    data[position] ^= 0x41
    assert corrupt(bytes(data))


@pytest.mark.parametrize("tail", [b"x", b"\0", b"\0" * 512, b"{}", b"\x1f", b"\x1fx", GOOD * 500])
def test_anything_behind_the_last_member_is_corrupt(tail):
    assert "something else" in corrupt(PACKED + tail)


def test_a_bomb_is_refused():
    bomb = gzip.compress(b"\0" * 5_000_000)
    with pytest.raises(DecompressionBomb, match="more than 200 times its size"):
        everything(bomb, small_output=1_000_000)
    assert len(everything(bomb)) == 5_000_000
    assert len(everything(bomb, small_output=1_000_000, max_ratio=1100)) == 5_000_000


def test_the_default_limits_stop_a_bomb_early():
    zeros = zlib.compressobj(9, wbits=31)
    million = b"\0" * 1_000_000
    bomb = b"".join(zeros.compress(million) for _ in range(100)) + zeros.flush()
    sizes = []
    with open_plain(io.BytesIO(bomb)) as stream, pytest.raises(DecompressionBomb):
        sizes.extend(map(len, iter(functools.partial(stream.read, 1 << 18), b"")))
    assert 63 * 1024 * 1024 <= sum(sizes) <= 64 * 1024 * 1024


def test_an_absolute_limit_holds_for_any_ratio():
    assert everything(PACKED, max_output=len(PLAIN)) == PLAIN
    assert corrupt(PACKED, max_output=len(PLAIN) - 1) == (
        f"gzip stream grows beyond {len(PLAIN) - 1} bytes"
    )


def test_a_stream_that_was_handed_in_stays_open():
    stream = io.BytesIO(PACKED)
    with open_plain(stream) as plain:
        plain.read(10)
    assert not stream.closed
