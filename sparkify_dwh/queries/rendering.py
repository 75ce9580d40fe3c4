"""The SQL of a statement for either engine, with its values written in, to read and to paste."""

from sqlalchemy import Executable
from sqlalchemy.engine import Dialect

DIALECTS = ("duckdb", "redshift")


def sql(statement: Executable, dialect: str = "duckdb") -> str:
    """Return the SQL of a query for an engine: ``duckdb`` or ``redshift``.

    Nothing is connected to. The values are literals, quoted as the engine wants them.

    Raises:
        ValueError: There is no such engine.
    """
    compiled = statement.compile(  # type: ignore[attr-defined]  # every Executable has it
        dialect=_dialect(dialect), compile_kwargs={"literal_binds": True}
    )
    return str(compiled).strip()


def _dialect(name: str) -> Dialect:
    dialect: type[Dialect]
    if name == "duckdb":
        import duckdb_sqlalchemy

        dialect = duckdb_sqlalchemy.Dialect
    elif name == "redshift":
        from sparkify_dwh.redshift.dialect import RedshiftDialect

        dialect = RedshiftDialect
    else:
        raise ValueError(f"dialect={name!r} is none of {', '.join(DIALECTS)}")
    # The styles of the drivers would write a percent sign in a literal twice.
    return dialect(paramstyle="named")
