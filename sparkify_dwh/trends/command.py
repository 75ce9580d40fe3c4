"""The command line of the trends: the forecast and its error on stdout."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sparkify_dwh.console import run_command

if TYPE_CHECKING:
    from sparkify_dwh.trends import Backtest, DailySeries


@click.command(name="python -m sparkify_dwh.trends")
@click.option("--database-url", metavar="URL", help="Warehouse to look at.")
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=14,
    show_default=True,
    metavar="N",
    help="Days to forecast.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def command(database_url: str | None, days: int, as_json: bool) -> None:
    """Forecast plays and active users per day, and tell how good such forecasts were."""
    # Only now: --help should not wait for SQLAlchemy.
    from sparkify_dwh.trends.series import MEASURES, complete_until, series_of
    from sparkify_dwh.warehouse import connect

    warehouse = connect(database_url, read_only=True)
    rows = warehouse.queries.plays_by_day()
    until = complete_until(warehouse.status())
    found = [series_of(rows, measure, complete_until=until) for measure in MEASURES]
    if as_json:
        click.echo(json.dumps({series.measure: _as_json(series, days) for series in found}))
        return
    for series in found:
        _print(series, days)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return run_command(command, arguments)


def _as_json(series: "DailySeries", days: int) -> dict[str, object]:
    from sparkify_dwh.trends import backtest, forecast

    tested = backtest(series)
    return {
        "last_day": series.last_day.isoformat(),
        "forecast": [
            {**day, "day": day["day"].isoformat()} for day in forecast(series, days=days).to_dicts()
        ],
        "backtest": None if tested is None else tested.as_json(),
    }


def _print(series: "DailySeries", days: int) -> None:
    from sparkify_dwh.trends import backtest, forecast

    future = forecast(series, days=days)
    click.echo(f"{series.measure} per day, from {len(future.history.values)} days")
    click.echo(str(future))
    click.echo(f"{_verdict(backtest(series))}\n")


def _verdict(tested: "Backtest | None") -> str:
    if tested is None:
        return "too little history to test the forecast on the past"
    return (
        f"{tested.forecasts} past forecasts of {tested.days} days: mean error "
        f"{tested.error:,.1f} a day, naive (as a week before) {tested.naive_error:,.1f}; "
        f"{tested.held80:.0%} lay in the 80 % interval, {tested.held95:.0%} in the 95 % one"
    )
