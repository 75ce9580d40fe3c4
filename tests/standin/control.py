"""Obeys the orders that reach the stand-in as `SELECT standin_control('…')`.

An order is a JSON object, so that a test in another process can do what `Standin.faults` and
`Standin.statements` do in this one:

    {"fault": {"action": "cut", "statement": "^commit", "when": "after"}}
    {"clear_faults": true}
    {"statements": "regular expression"}
    {"clear_statements": true}
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from .faults import Fault

if TYPE_CHECKING:
    from .server import Standin


def obey(standin: Standin, order: str) -> str:
    """Obeys an order and returns a JSON text that says what came of it."""
    try:
        wanted = json.loads(order)
        if "fault" in wanted:
            return json.dumps({"fault": asdict(standin.faults.add(Fault(**wanted["fault"])))})
        if wanted.get("clear_faults"):
            standin.faults.clear()
            return json.dumps({"faults": 0})
        if wanted.get("clear_statements"):
            standin.statements.clear()
            return json.dumps({"statements": 0})
        if "statements" in wanted:
            entries = standin.statements.matching(wanted["statements"])
            return json.dumps({"statements": [asdict(entry) for entry in entries]})
    except (ValueError, TypeError, AttributeError) as error:
        return json.dumps({"error": str(error)})
    return json.dumps({"error": "unknown order"})
