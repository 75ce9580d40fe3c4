"""The command line of the queries: lists them, and shows the SQL of one."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sparkify_dwh.console import run_command

if TYPE_CHECKING:
    from sparkify_dwh.queries.registry import QueryInfo


@click.command(name="python -m sparkify_dwh.queries")
@click.argument("name", required=False)
@click.option(
    "--dialect",
    type=click.Choice(["duckdb", "redshift"]),
    default="duckdb",
    show_default=True,
    help="Engine to write the SQL for.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def command(name: str | None, dialect: str, as_json: bool) -> None:
    """List the queries, or show what NAME answers and its SQL. Connects to nothing."""
    from sparkify_dwh.queries import all_queries

    queries = {info.name: info for info in all_queries()}
    if name is None:
        if as_json:
            click.echo(json.dumps([_as_json(info) for info in queries.values()]))
            return
        width = max(map(len, queries))
        for info in queries.values():
            click.echo(f"{info.name:{width}}  {info.question}")
        return
    if name not in queries:
        raise click.BadParameter(f"there is no query {name!r}; without NAME they are listed")
    if as_json:
        click.echo(json.dumps(_as_json(queries[name])))
    else:
        _show(queries[name], dialect)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return run_command(command, arguments)


def _as_json(info: "QueryInfo") -> dict[str, object]:
    return {
        "name": info.name,
        "question": info.question,
        "parameters": list(info.parameters),
        "columns": [
            {"name": column.name, "type": column.kind, "about": column.about}
            for column in info.columns
        ],
    }


def _show(info: "QueryInfo", dialect: str) -> None:
    """Print question, parameters, columns and SQL; without user agents none is told apart."""
    import inspect

    from sparkify_dwh.queries.rendering import sql

    click.echo(inspect.getdoc(info.function))
    click.echo(f"\nParameters: {', '.join(info.parameters)}\n")
    query = info.function([]) if info.needs_user_agents else info.function()
    click.echo(sql(query, dialect))
