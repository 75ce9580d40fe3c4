"""Which texts of a field will come again and again, by records from all over the files.

To stage such a text as a number costs less than to copy it for every record, and to judge it again
each time. Only what is good beyond doubt is taken; which texts it is changes nothing but the time.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress

from sparkify_dwh.feeds.contract import Field
from sparkify_dwh.staging.verdict import StagedFile
from sparkify_dwh.statements.doubts import USUAL

#: DuckDB numbers up to 255 texts with a byte; "" is always one of them.
_MOST = 254
#: What is looked at: no more than a small share of all, so that it costs nothing beside what it
#: saves,
_SAMPLE_SHARE, _SAMPLE_BYTES = 256, 262_144
#: and from so many files, or up to twice as many, as what people use changes with time.
_SAMPLED_FILES = 8
#: Longer than any bare word that DuckDB lands as a text, such as infinity.
_LONGER_THAN_WORDS = 8


def frequent_texts(files: Sequence[StagedFile], field: Field) -> list[str]:
    """Return the usual texts of a field, or else the most frequent ones at the begin of some files.

    Args:
        files: Those that are to be staged. One that cannot be read here is no error: whoever
            stages it finds out.
        field: One of texts.
    """
    if field.key in USUAL:
        return list(USUAL[field.key])
    every = max(1, len(files) // _SAMPLED_FILES)
    paths = [staged.file.path for staged in files[::every] if staged.file.path is not None]
    total = sum(staged.file.size for staged in files)
    size = min(_SAMPLE_BYTES, total // _SAMPLE_SHARE) // max(1, len(paths))
    found: Counter[str] = Counter()
    for path in paths if size else ():
        with suppress(OSError), open(path, "rb") as file:
            found.update(_texts(file.read(size).split(b"\n")[:-1], field))
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
