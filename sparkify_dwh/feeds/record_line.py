"""A record that is a line of its own: its limit, its looks, and how the loader tags it.

It needs nothing but the interpreter, so that a helping process can be quick to start.
"""

#: A record's text, from its first to its last byte, is at most this long.
MAX_RECORD_BYTES = 1_048_576
#: The white space of JSON; what Python strips by itself is more.
BLANKS = b" \t\r\n"
#: Keys that the loader puts into records which it spools; no feed has such keys.
FILE_TAG = "__sparkify_file_id"
NUMBER_TAG = "__sparkify_record_number"

_OPENING, _CLOSING = b"{}"
#: What does not stand behind the opening brace of a record whose first key does.
_NO_KEY = b"} \t\r\n"
#: What stands before the closing brace where a comma may.
_MAYBE_COMMA = b", \t\r"
_TAGGED = b'{"%s":%%d,%%b\n' % FILE_TAG.encode()


def looks_like_a_record(line: bytes) -> bool:
    """Return whether a line, without blanks around it, looks like one record.

    Looks are enough: a line that is something else makes the scan count fewer records than were
    written here, and the file goes to the exact reader after all. What a scan cannot see is seen
    here: a comma before the last brace, and too long a record.
    """
    return (
        2 < len(line) <= MAX_RECORD_BYTES
        and line[0] == _OPENING
        and line[-1] == _CLOSING
        and line[1] not in _NO_KEY
        and (line[-2] not in _MAYBE_COMMA or not line[:-1].rstrip(BLANKS).endswith(b","))
    )


def tagged(file_id: int, line: bytes) -> bytes:
    """Return the line of a record with the number of its file before its own keys."""
    return _TAGGED % (file_id, line[1:])
