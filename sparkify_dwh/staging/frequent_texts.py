"""Which texts of a field will come again and again, by the first records of the first file.

To stage such a text as a number costs less than to copy it for every record, and to judge it again
each time. Only what is good beyond doubt is taken; which texts it is changes nothing but the time.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress

from sparkify_dwh.feeds.contract import Field
from sparkify_dwh.staging.verdict import StagedFile

#: DuckDB numbers up to 255 texts with a byte; "" is always one of them.
_MOST = 254
_SAMPLE_BYTES = 262_144
#: From so much on the sample costs nothing beside what it saves.
_WORTHWHILE_BYTES = 256 * _SAMPLE_BYTES
#: Longer than any bare word that DuckDB lands as a text, such as infinity.
_LONGER_THAN_WORDS = 8


def frequent_texts(files: Sequence[StagedFile], field: Field) -> list[str]:
    """Return texts that the field has in the first file, the most frequent ones.

    Args:
        files: Those that are to be staged. One that cannot be read here is no error: whoever
            stages it finds out.
        field: One of texts.
    """
    if sum(staged.file.size for staged in files) < _WORTHWHILE_BYTES or files[0].file.path is None:
        return []
    sample = b""
    with suppress(OSError), open(files[0].file.path, "rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    found = Counter(_texts(sample.split(b"\n")[:-1], field))
    return [text for text, _ in found.most_common(_MOST)]


def _texts(lines: Iterable[bytes], field: Field) -> Iterable[str]:
    for line in lines:
        with suppress(ValueError, AttributeError, RecursionError):
            text = json.loads(line).get(field.key)
            if isinstance(text, str) and _is_good(text, field):
                yield text


def _is_good(text: str, field: Field) -> bool:
    """Return whether a record that lands this text surely has it as a JSON string, and may."""
    assert field.max_bytes is not None
    return (
        text.isascii()
        and text.isprintable()
        and _LONGER_THAN_WORDS < len(text) <= field.max_bytes
        and (text[0].isalpha() or text[0] == '"')
    )
