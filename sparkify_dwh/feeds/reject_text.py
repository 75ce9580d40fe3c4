"""Values and records as a reject shows them: short, and fit to be stored as text."""

import json
import re

from sparkify_dwh.feeds.record_text import BLANKS
from sparkify_dwh.feeds.reject import RAW_BYTES_KEPT, VALUE_SHOWN

__all__ = ["HugeInteger", "raw_text", "shown"]

#: Bytes that are no UTF-8 (as the surrogateescape handler marks them) and NUL, which the
#: databases do not take in text.
_ODD = re.compile("[\0\udc80-\udcff]")
_CUT_MARK = "…"


class HugeInteger:
    """An integer in a record that has too many digits to be worth converting."""

    def __init__(self, digits: int) -> None:
        self.digits = digits


def shown(value: object) -> str:
    """Return a JSON value as a message shows it, cut to VALUE_SHOWN characters.

    Objects are tuples of pairs here, as the reader's parser gives them.
    """
    if isinstance(value, tuple):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, HugeInteger):
        return f"an integer of {value.digits} digits"
    if isinstance(value, str):
        # One character more than is shown, so that the cut shows.
        value = value[: VALUE_SHOWN + 1]
    elif isinstance(value, float) and abs(value) == float("inf"):
        return "a number too large for double precision"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= VALUE_SHOWN else text[: VALUE_SHOWN - 1] + _CUT_MARK


def raw_text(text: str) -> str:
    r"""Return a record's text cut at RAW_BYTES_KEPT UTF-8 bytes, odd bytes as ``\xNN``."""
    text = text[:RAW_BYTES_KEPT].rstrip(BLANKS)
    text = _ODD.sub(lambda found: f"\\x{ord(found.group()) & 0xFF:02x}", text)
    return text.encode()[:RAW_BYTES_KEPT].decode("utf-8", "ignore")
