"""The report as a file: what it says, what it leaves out, and how it fails."""

import json
import re
import sys
from pathlib import Path

import pytest

from sparkify_dwh.report.command import main
from sparkify_dwh.warehouse import Warehouse, connect

for module, extra in (("altair", "report"), ("vl_convert", "report"), ("statsmodels", "trends")):
    pytest.importorskip(module, reason=f"needs {module}: pip install '.[{extra}]'")

SECTIONS = ("listening", "outlook", "catalogue", "listeners", "state")


@pytest.fixture(scope="session")
def page(sample_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("report") / "report.html"
    url = str(sample_warehouse.engine.url)
    assert main(["--database-url", url, "--out", str(file)]) == 0
    return file.read_text(encoding="utf-8")


def charts(page: str) -> dict[str, dict[str, object]]:
    found = re.search(
        r'<script type="application/json" id="charts">(.*?)</script>', page, re.DOTALL
    )
    assert found is not None
    return json.loads(found[1])


def test_page_is_small_and_whole(page: str) -> None:
    assert len(page.encode()) < 3_000_000
    assert page.rstrip().endswith("</html>")
    for name in SECTIONS:
        assert f'<section id="{name}"' in page


def test_key_figures_are_those_of_the_sample(page: str) -> None:
    values = re.findall(r'<dt>(.*?)</dt><dd><span class="value">(.*?)</span>', page)
    assert dict(values) == {
        "plays": "4,934",
        "users": "81",
        "sessions": "495",
        "paid": "57%",
        "known songs": "82%",
        "songs played": "115",
    }


def test_page_fetches_nothing(page: str) -> None:
    markup = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)""", markup)
    assert "default-src 'none'" in markup
    assert "url(" not in markup
    assert "@import" not in markup


def test_every_chart_has_a_table_and_says_what_it_shows(page: str) -> None:
    found = charts(page)
    assert len(found) == 16
    for name, chart in found.items():
        assert isinstance(chart["description"], str)
        assert len(chart["description"]) > 40
        figure = page.split(f'<figure id="{name}"')[1].split("</figure>", maxsplit=1)[0]
        assert f'data-chart="{name}"' in figure
        assert figure.count("<tr>") > 2


def test_every_axis_has_a_unit(page: str) -> None:
    """A title on each axis that is drawn; names of weekdays and cohorts speak for themselves."""

    def axes(part: object) -> list[tuple[str, dict[str, object]]]:
        if isinstance(part, list):
            return [axis for item in part for axis in axes(item)]
        if not isinstance(part, dict):
            return []
        own = [
            (str(part.get("field")), part["axis"])
            for _ in (1,)
            if isinstance(part.get("axis"), dict)
        ]
        return own + [axis for item in part.values() for axis in axes(item)]

    drawn = axes(list(charts(page).values()))
    assert len(drawn) > 20
    for field, axis in drawn:
        assert axis["title"] or field in ("weekday", "cohort")


def test_no_user_is_named(page: str, sample_warehouse: Warehouse) -> None:
    visible = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    for user in sample_warehouse.queries.top_users(n=None):
        assert f"{user.first_name} {user.last_name}" not in visible


def test_range_of_time_is_kept_to(sample_warehouse: Warehouse, tmp_path: Path) -> None:
    arguments = ["--database-url", str(sample_warehouse.engine.url), "--no-checks"]
    assert main([*arguments, "--start", "2018-11-05", "--end", "2018-11-12"]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    plays = sum(
        row.plays
        for row in sample_warehouse.queries.plays_by_day(start="2018-11-05", end="2018-11-12")
    )
    assert f'<span class="value">{plays:,}</span>' in page
    assert "5 Nov 2018 to 11 Nov 2018" in page
    assert "A forecast needs 21 complete days of plays" in page
    assert "Not run for this report" in page


def test_empty_warehouse_has_a_report(
    empty_warehouse: Warehouse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--database-url", str(empty_warehouse.engine.url), "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    assert (written["out"], written["plays"]) == ("report.html", 0)
    assert written["bytes"] == (tmp_path / "report.html").stat().st_size
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "There are no plays in this range of time." in page
    assert "Nothing was ever loaded." in page
    assert "The warehouse is sound" in page


def test_rejects_are_told_by_reason_and_by_file(empty_warehouse: Warehouse, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.mkdir()
    good = _first_record()
    (log / "a.json").write_text(f'{good}\n{{"page": "Home", "ts": "soon"}}\n{{}}\n')
    (log / "b<i>.json").write_text(f'{good}\n{{"page": "Home", "ts": "later"}}\n')
    loaded = connect(str(empty_warehouse.engine.url), log_data=str(log)).load(max_errors=3)
    assert loaded.status == "loaded"
    assert main(["--database-url", str(empty_warehouse.engine.url)]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "3 records in all. Most often “ts: bad_type”, 67% of them." in page
    assert "a.json has most: 2." in page
    assert "b%3Ci%3E.json" in page
    assert '<th scope="row">page: missing</th>' in page


def test_page_says_that_no_record_was_left_out(page: str) -> None:
    assert "No load has left out a record." in page


def test_names_in_the_data_are_no_markup(empty_warehouse: Warehouse, tmp_path: Path) -> None:
    """A track that is named like the end of the script ends neither script nor page."""
    evil = "</script><script>window.pwned=1</script><img src=x onerror=alert(1)>"
    log = tmp_path / "log"
    log.mkdir()
    template = json.loads(_first_record())
    records = [
        template
        | {"page": "NextSong", "song": evil, "artist": evil, "length": 100.5, "userId": "7"}
        | {"location": evil, "ts": 1541376000000 + 86_400_000 * day, "sessionId": day}
        for day in range(30)
    ]
    (log / "events.json").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    connect(str(empty_warehouse.engine.url), log_data=str(log)).load()
    assert main(["--database-url", str(empty_warehouse.engine.url)]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page
    assert "<script>window.pwned" not in page
    assert charts(page)["missing"]["description"]


def _first_record() -> str:
    from sparkify_dwh.sample import sample_path

    file = min(sample_path().glob("log_data/**/*.json"))
    return file.read_text(encoding="utf-8").splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--start", "soon"], "is no date or time"),
        (["--start", "2018-11-05", "--end", "2018-11-05"], "it is not before --end"),
        (["--out", "nowhere/report.html"], "there is no folder nowhere"),
        (["--database-url", "mysql://x"], ""),
    ],
)
def test_wrong_flag_is_exit_code_2(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert says in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_missing_warehouse_is_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--database-url", f"duckdb:///{tmp_path / 'none.duckdb'}"]) == 1
    assert "error: " in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("library", ["altair", "vl_convert", "statsmodels", "jinja2", "ua_parser"])
def test_missing_library_is_named_with_the_command(
    sample_warehouse: Warehouse,
    library: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    assert main(["--database-url", str(sample_warehouse.engine.url)]) == 2
    assert "pip install 'sparkify-dwh[report]'" in capsys.readouterr().err


def test_file_that_cannot_be_written_is_an_error(
    sample_warehouse: Warehouse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sparkify_dwh.errors import SparkifyError
    from sparkify_dwh.report import write

    with pytest.raises(SparkifyError, match="cannot be written"):
        write(sample_warehouse, tmp_path / "none" / "report.html", checks=False)


def test_warehouse_that_may_be_written_to_has_a_report(
    sample_warehouse: Warehouse, tmp_path: Path
) -> None:
    """A DuckDB file takes no second connection of another kind while one is open."""
    import shutil

    from sparkify_dwh.report import write

    file = tmp_path / "copy.duckdb"
    shutil.copyfile(str(sample_warehouse.engine.url.database), file)
    report = write(connect(file), tmp_path / "report.html")
    assert report.plays == 4934
    assert "The warehouse is sound" in report.html
