"""Reads browser, system and device out of a user agent.

That takes a list of some thousand patterns, which a warehouse cannot hold; but there are few
distinct user agents however many plays there are, so that they are parsed on the client, with
``ua-parser``. It is an extra: ``pip install 'sparkify-dwh[user-agents]'``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sparkify_dwh.queries.frames import require

#: Systems of desktop computers whose user agent names no device. A Mac's does.
_PC_SYSTEMS = frozenset(
    {"Windows", "Linux", "Ubuntu", "Fedora", "Debian", "Red Hat", "SUSE", "FreeBSD", "OpenBSD"}
)


@dataclass(frozen=True, slots=True)
class Client:
    """What a user agent tells; None where it does not."""

    browser: str | None
    system: str | None
    device: str | None


def parse_user_agents(user_agents: Iterable[str | None]) -> dict[str, Client]:
    """Return the client that each distinct user agent tells.

    The logs put some user agents into quotation marks, which are no part of them.

    Raises:
        ConfigurationError: ``ua-parser`` is not installed.
    """
    distinct = {agent for agent in user_agents if agent}
    if not distinct:
        return {}
    parser = require("ua_parser", package="ua-parser", extra="user-agents")
    clients = {}
    for user_agent in distinct:
        found = parser.parse(user_agent.strip('"'))
        browser = found.user_agent.family if found.user_agent else None
        system = found.os.family if found.os else None
        device = found.device.family if found.device else None
        if device is None and system in _PC_SYSTEMS:
            device = "PC"
        clients[user_agent] = Client(browser, system, device)
    return clients
