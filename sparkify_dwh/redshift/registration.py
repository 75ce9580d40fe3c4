"""Registration of the dialect under the ordinary Redshift URLs."""

from sqlalchemy.dialects import registry

_MODULE = "sparkify_dwh.redshift.dialect"
_CLASS = "RedshiftDialect"


def register() -> None:
    """Let ``redshift://`` and ``redshift+psycopg2://`` load the dialect of this package.

    The call is idempotent. It imports the ``sqlalchemy_redshift`` package first, because that
    package registers its own dialect under the same names when it is imported: whoever comes
    last wins, and a package is imported only once.
    """
    import sqlalchemy_redshift  # type: ignore[import-untyped]  # noqa: F401  # no py.typed

    for name in ("redshift", "redshift.psycopg2"):
        registry.register(name, _MODULE, _CLASS)
