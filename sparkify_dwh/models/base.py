"""The declarative base of all mapped classes."""

from sqlalchemy.orm import DeclarativeBase

from sparkify_dwh import tables


class Base(DeclarativeBase):
    """The base of every mapped class; ``Base.metadata`` is the whole warehouse.

    A class has the columns of its table, one annotation each, for editors and type checkers.
    """

    metadata = tables.metadata

    def __repr__(self) -> str:
        """Show the key columns only, so that a list of rows stays readable."""
        keys = ", ".join(
            f"{column.name}={getattr(self, column.name)!r}" for column in self.__table__.primary_key
        )
        return f"<{type(self).__name__} {keys}>"
