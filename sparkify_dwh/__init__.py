"""Sparkify's song plays as a star schema, on Amazon Redshift or in a DuckDB file.

>>> import sparkify_dwh as sdw
>>> wh = sdw.connect("duckdb:///sparkify.duckdb")
>>> wh.queries.top_songs(n=3)  # doctest: +SKIP
<Result 3 rows: song_id, title, artist, plays, users>

``connect`` is the front door; ``tables`` are those of SQLAlchemy Core, ``models`` the classes of
its ORM, ``queries`` the questions. Each name is imported when it is first used, so that importing
the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparkify_dwh import check, errors, load, models, queries, sample, schema, tables
    from sparkify_dwh.errors import SparkifyError
    from sparkify_dwh.settings import Settings
    from sparkify_dwh.warehouse import Warehouse, connect

    __version__: str

__all__ = [
    "Settings",
    "SparkifyError",
    "Warehouse",
    "__version__",
    "check",
    "connect",
    "errors",
    "load",
    "models",
    "queries",
    "sample",
    "schema",
    "tables",
]

#: The version of a checkout that is on the path without being installed.
_UNINSTALLED = "0.1.0"

_MODULES = {
    "Settings": "settings",
    "SparkifyError": "errors",
    "Warehouse": "warehouse",
    "connect": "warehouse",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for (PEP 562)."""
    if name == "__version__":
        value: Any = _version()
    elif name in _MODULES:
        value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    elif name in __all__:
        value = import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names too that were not imported yet."""
    return sorted({*globals(), *__all__})


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("sparkify-dwh")
    except PackageNotFoundError:
        return _UNINSTALLED
