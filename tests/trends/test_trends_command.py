"""``python -m sparkify_dwh.trends``."""

import json

import pytest

from sparkify_dwh.trends.command import main
from sparkify_dwh.warehouse import Warehouse

pytest.importorskip("statsmodels", reason="needs statsmodels: pip install '.[trends]'")


def test_command_shows_forecast_and_error(
    sample_warehouse: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    url = str(sample_warehouse.engine.url)
    assert main(["--database-url", url, "--days", "3"]) == 0
    shown = capsys.readouterr().out
    assert "plays per day, from 60 days" in shown
    assert "2018-12-31" in shown
    assert shown.count("naive (as a week before)") == 2
    assert main(["--database-url", url, "--days", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"plays", "users"}
    assert [day["day"] for day in found["users"]["forecast"]] == [
        "2018-12-31",
        "2019-01-01",
        "2019-01-02",
    ]
    assert found["plays"]["backtest"]["error"] < found["plays"]["backtest"]["naive_error"]


def test_too_little_history_is_an_error(
    empty_warehouse: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--database-url", str(empty_warehouse.engine.url)]) == 1
    assert "error: a forecast needs 21 days of plays, and there are 0" in capsys.readouterr().err


def test_missing_library_is_named(
    sample_warehouse: Warehouse,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "statsmodels", None)
    assert main(["--database-url", str(sample_warehouse.engine.url)]) == 2
    assert "pip install 'sparkify-dwh[trends]'" in capsys.readouterr().err
