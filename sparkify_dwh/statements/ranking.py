"""The one mechanism behind every table whose rows may be offered more than once.

Songs, artists, users and contested plays all follow the same rule: of all records with
the same key, those of this load and the one that the star holds, a fixed total order
over their content picks one. So each gets a temporary table of *ranked* candidates; its
first rank updates the row that the star holds, or is inserted where there is none. As
the order looks at content alone, it does not matter which record came first.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CreateTableAs,
    FromClause,
    Label,
    Select,
    Table,
    and_,
    func,
    insert,
    literal_column,
    select,
    update,
)

from sparkify_dwh.statements.step import Step


def ranked(
    name: str,
    *,
    staged: Select[Any],
    kept: Callable[[FromClause], Select[Any]],
    key: Sequence[str],
    order: Callable[[FromClause], list[ColumnElement[Any]]],
) -> CreateTableAs:
    """Return the temporary table of candidates, with ``place`` 1 for each key's winner.

    Args:
        name: Name of the temporary table.
        staged: Candidates of this load; selects the key, the content and what else the
            order needs.
        kept: Selects the same columns of the rows that the star holds for the same keys, given
            the candidates of this load.
        key: Names of the key columns.
        order: The total order, best first, over the candidates' columns.

    The table has the selected columns, then ``is_kept`` (1 for a row of the star), ``place``
    and ``has_kept`` (1 where the star has a row of this key).
    """
    # By name, so that it is computed once: of a subquery in two places DuckDB does not always
    # see that both are the same.
    offered = staged.cte("offered")
    candidates = (
        select(*offered.c, literal_column("0").label("is_kept"))
        .union_all(kept(offered).add_columns(literal_column("1").label("is_kept")))
        .subquery("candidates")
    )
    partition = [candidates.c[column] for column in key]
    # Equal content: the row that is there stays, so that nothing is rewritten in vain.
    best_first = [*order(candidates), *descending(candidates, "is_kept")]
    return CreateTableAs(
        select(
            *candidates.c,
            func.row_number().over(partition_by=partition, order_by=best_first).label("place"),
            func.max(candidates.c.is_kept).over(partition_by=partition).label("has_kept"),
        ),
        name,
        temporary=True,
    )


def descending(source: FromClause, *names: str) -> list[ColumnElement[Any]]:
    """Return the columns in descending order, NULLs last on every engine."""
    return [source.c[name].desc().nulls_last() for name in names]


def ascending(source: FromClause, *names: str) -> list[ColumnElement[Any]]:
    """Return the columns in ascending order, NULLs last on every engine."""
    return [source.c[name].asc().nulls_last() for name in names]


def labelled(source: FromClause, *names: str) -> list[Label[Any]]:
    """Return the columns as labels of their own names."""
    return [source.c[name].label(name) for name in names]


def winners_replace(
    winners: FromClause,
    target: Table,
    *,
    key: Sequence[str],
    content: Sequence[Label[Any]],
) -> Iterator[Step]:
    """Yield the two statements that bring each key's winner into the target table.

    Args:
        winners: A table of :func:`ranked` candidates.
        target: The table of the star or of the bookkeeping.
        key: Names of the key columns, the same on both sides.
        content: The other columns of the target, labelled with their names, as
            expressions over ``winners``.
    """
    same_key = and_(*(target.c[name] == winners.c[name] for name in key))
    yield Step(
        f"{target.name}: update from better records",
        update(target)
        .values({column.name: column.element for column in content})
        .where(same_key, winners.c.place == 1, winners.c.has_kept == 1, winners.c.is_kept == 0),
    )
    columns = [*key, *(column.name for column in content)]
    yield Step(
        f"{target.name}: insert new rows",
        insert(target).from_select(
            columns,
            select(*(winners.c[name] for name in key), *content).where(
                winners.c.place == 1, winners.c.has_kept == 0
            ),
        ),
    )
