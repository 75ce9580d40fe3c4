"""What is to come: the forecasts, with what such forecasts were worth in the past."""

from typing import Any

import altair as alt  # type: ignore[import-not-found,unused-ignore]

from sparkify_dwh.report import charts, wording
from sparkify_dwh.report.figure import Figure, Section, Table
from sparkify_dwh.trends import Backtest, DailySeries, Forecast, backtest, forecast
from sparkify_dwh.trends.series import MIN_DAYS

#: Days of the past that are drawn beside the future.
_PAST = 42
_NAMES = {"plays": "plays", "users": "active users"}


#: A forecast, and what such forecasts were worth in the past; None where that is too short.
Outlook = list[tuple[Forecast, Backtest | None]]


def predict(series: list[DailySeries]) -> Outlook:
    """Forecast each series and test that on the past; nothing where one is too short for it."""
    if not all(one.is_long_enough for one in series):
        return []
    return [(forecast(one), backtest(one)) for one in series]


def section(predicted: Outlook) -> Section:
    """Return the section with the forecasts, or with the reason why there are none."""
    if not predicted:
        too_short = f"A forecast needs {MIN_DAYS} complete days of plays; there are fewer."
        return Section(
            "outlook",
            "Outlook",
            [Figure("forecast", "No forecast yet", too_short, Table((), []))],
        )
    figures = [_forecast(future, tested) for future, tested in predicted]
    results = [tested for _, tested in predicted if tested is not None]
    if results:
        figures.append(_error(results))
    return Section("outlook", "Outlook", figures)


def _forecast(future: Forecast, tested: Backtest | None) -> Figure:
    name = _NAMES[future.measure]
    total = sum(day.expected for day in future.days)
    mean = wording.decimal(total / len(future.days))
    recent = future.history.tail(28)
    before = wording.decimal(sum(recent.values) / len(recent.values))
    finding = (
        f"{mean} {name} a day are expected from {wording.day(future.days[0].day)} to "
        f"{wording.day(future.days[-1].day)}; the four weeks before had {before}."
    )
    title = f"Forecast of {name}"
    note = "Inner band: 80% of the outcomes should lie in it. Outer band: 95%."
    if tested is not None:
        note += (
            f" In the past {wording.percent(tested.held80)} and "
            f"{wording.percent(tested.held95)} did."
        )
    return Figure(
        f"forecast-{future.measure}",
        title,
        finding,
        Table(
            ("day (UTC)", "expected", "80% between", "95% between"),
            [
                (
                    wording.day(day.day),
                    wording.decimal(day.expected),
                    f"{wording.decimal(day.low80)} to {wording.decimal(day.high80)}",
                    f"{wording.decimal(day.low95)} to {wording.decimal(day.high95)}",
                )
                for day in future.days
            ],
        ),
        charts.finished(
            _drawn(future, name), description=f"{title}, with intervals. {finding}", height=260
        ),
        note=note,
    )


def _drawn(future: Forecast, name: str) -> Any:
    past = future.history.tail(_PAST)
    counted: list[dict[str, Any]] = [
        {"day": past.day(index), "value": value} for index, value in enumerate(past.values)
    ]
    expected = future.to_dicts()
    # The lines meet: what is expected begins at what was counted last.
    seam = {"day": past.last_day, "expected": past.values[-1]}
    mondays = [day for point in (*counted, *expected) if (day := point["day"]).weekday() == 0]
    x = charts.day_axis("day", title="day (UTC)", ticks=mondays)
    title = f"{name} per day"
    ahead = charts.chart(expected)
    tip = [
        charts.day_tip("day", "day"),
        charts.count_tip("expected", "expected", label_format=",.1f"),
        charts.count_tip("low80", "80% from", label_format=",.1f"),
        charts.count_tip("high80", "to", label_format=",.1f"),
        charts.count_tip("low95", "95% from", label_format=",.1f"),
        charts.count_tip("high95", "to ", label_format=",.1f"),
    ]
    value = charts.count_axis("value", title=title)
    counts = charts.chart(counted).encode(
        x=x,
        y=value,
        tooltip=[charts.day_tip("day", "day"), charts.count_tip("value", f"{name}, counted")],
    )
    return alt.layer(
        ahead.mark_area(style="band95").encode(x=x, y=_axis("low95", title), y2="high95:Q"),
        ahead.mark_area(style="band80").encode(x=x, y=_axis("low80", title), y2="high80:Q"),
        counts.mark_line(),
        charts.chart([seam, *expected])
        .mark_line(style="future")
        .encode(x=x, y=_axis("expected", title)),
        counts.mark_point(style="target", size=160),
        ahead.mark_point(style="target", size=160).encode(
            x=x, y=_axis("expected", title), tooltip=tip
        ),
    )


def _axis(name: str, title: str) -> Any:
    return charts.count_axis(name, title=title)


def _error(results: list[Backtest]) -> Figure:
    first = results[0]
    better = [result for result in results if (result.skill or 0) > 0]
    finding = (
        f"{wording.plural(first.forecasts, 'past week')} "
        f"{'was' if first.forecasts == 1 else 'were'} forecast from what was known before, "
        f"and compared with the naive forecast, “as a week before”. "
    )
    if len(better) == len(results):
        finding += "The model was closer in both measures."
    elif better:
        finding += f"The model was closer for {_NAMES[better[0].measure]} only."
    else:
        finding += "The naive forecast was as close or closer; trust that one."
    return Figure(
        "error",
        "Error of the forecasts",
        finding,
        Table(
            ("per day", *(_NAMES[result.measure] for result in results)),
            [
                ("mean", *(wording.decimal(result.mean) for result in results)),
                ("error of the model", *(_of_mean(result, result.error) for result in results)),
                (
                    "error of the naive",
                    *(_of_mean(result, result.naive_error) for result in results),
                ),
                ("error saved", *(wording.percent(result.skill) for result in results)),
                ("held by the 80% interval", *(wording.percent(one.held80) for one in results)),
                ("held by the 95% interval", *(wording.percent(one.held95) for one in results)),
            ],
        ),
        note="Errors are mean absolute ones, in brackets in percent of the mean.",
    )


def _of_mean(result: Backtest, error: float) -> str:
    share = error / result.mean if result.mean else None
    return f"{wording.decimal(error)} ({wording.percent(share)})"
