"""Names the type of a column as Redshift does."""

from sqlalchemy import Column

from sparkify_dwh.redshift.dialect import RedshiftDialect

_DIALECT = RedshiftDialect()


def redshift_type(column: Column[object]) -> str:
    """Return the type as DDL has it, such as VARCHAR(512); a TIMESTAMP is one without zone."""
    return column.type.compile(dialect=_DIALECT).removesuffix(" WITHOUT TIME ZONE")
