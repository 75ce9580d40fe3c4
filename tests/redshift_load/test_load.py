"""A load into Redshift: the same star as in DuckDB, by COPY of exactly the new objects."""

from __future__ import annotations

from pathlib import Path

import pytest

from sparkify_dwh.errors import (
    ConfigurationError,
    DataRejectedError,
    SourceError,
)
from sparkify_dwh.sample import generate
from tests.load.records import TS, play, song, visit
from tests.load.warehouse import DuckDBWarehouse, Warehouse
from tests.redshift_load.warehouse import BUCKET, RedshiftWarehouse

FILES = {
    ("log", "2018/11/2018-11-01-events.json"): [
        play(),
        play(ts=TS + 1000, song="\\N", artist="back\\slash 'quote'", length=1),
        play(ts=TS + 2000, userId="9", song="é😀", length=None, registration=None),
        visit(ts=TS + 3000),
    ],
    ("log", "2018/11/z ü + %2F*[a]?.json"): [play(), play(ts=TS + 4000, extra="drift")],
    ("song", "A/A/TRA.json"): [song()],
    ("song", "A/B/TRB.json"): [song(song_id="SOB", title="B", year=0, artist_location="")],
}


def fill(warehouse: Warehouse) -> None:
    for (feed, name), records in FILES.items():
        warehouse.put(feed, name, records)
    warehouse.put_gzip("log", "2018/11/packed.json.gz", [play(ts=TS + 5000), play(ts=TS + 1000)])


def put_folder(warehouse: Warehouse, folder: Path) -> None:
    for feed in ("log", "song"):
        root = folder / f"{feed}_data"
        for path in sorted(root.rglob("*.json")):
            warehouse.put(feed, str(path.relative_to(root)), path.read_bytes())


def accounts(warehouse: Warehouse) -> list[tuple[object, ...]]:
    """The ledger without what differs between engines: names, fingerprints, ids of runs."""
    names = [name for name in warehouse.ledger()[0] if name.startswith(("records", "plays", "not"))]
    return [
        (row["file_id"], row["feed"], row["uri"].rpartition("/")[2], *(row[name] for name in names))
        for row in warehouse.ledger()
    ]


def test_star_and_ledger_equal_those_of_duckdb(
    redshift: RedshiftWarehouse, duckdb_warehouse: DuckDBWarehouse
) -> None:
    for warehouse in (redshift, duckdb_warehouse):
        fill(warehouse)
    theirs, ours = redshift.load(), duckdb_warehouse.load()
    assert redshift.star() == duckdb_warehouse.star()
    assert theirs.inserted == ours.inserted
    assert theirs.duplicates == ours.duplicates == 2
    assert theirs.drifted_files == ours.drifted_files == 1
    # The URIs differ in their quoting, and in nothing else.
    assert [row[:2] + row[3:] for row in accounts(redshift)] == [
        row[:2] + row[3:] for row in accounts(duckdb_warehouse)
    ]
    assert redshift.manifests_left() == []


def test_second_load_does_nothing(redshift: RedshiftWarehouse) -> None:
    fill(redshift)
    redshift.load()
    before = redshift.snapshot()
    redshift.server.statements.clear()
    assert redshift.load().status == "nothing_to_do"
    assert redshift.snapshot() == before
    assert not redshift.statements("copy|insert|lock")


@pytest.mark.slow
def test_one_more_day_is_loaded_alone(
    redshift: RedshiftWarehouse, duckdb_warehouse: DuckDBWarehouse
) -> None:
    for warehouse in (redshift, duckdb_warehouse):
        fill(warehouse)
        warehouse.load()
        later = [play(ts=TS + 86_400_000, level="paid"), play()]
        warehouse.put("log", "2018/11/2018-11-02-events.json", later)
        warehouse.put("song", "A/C/TRC.json", [song(song_id="SOC", title="\\N", duration=1)])
        result = warehouse.load()
        assert result.files == {"log": 1, "song": 1}
        assert (result.inserted["songplays"], result.duplicates) == (1, 1)
    assert redshift.star() == duckdb_warehouse.star()


def test_rebuild_comes_to_the_same_star(redshift: RedshiftWarehouse) -> None:
    fill(redshift)
    redshift.load()
    star = redshift.star()
    result = redshift.load(rebuild=True)
    assert result.inserted["songplays"] == len(star["songplays"])
    assert redshift.star() == star
    assert len(redshift.runs()) == 1


def test_staging_holds_the_last_load_and_no_lineage(redshift: RedshiftWarehouse) -> None:
    fill(redshift)
    redshift.load()
    counts = redshift.rows(
        "SELECT count(*), count(file_id), count(record_number) FROM staging_events"
    )
    assert counts == [(8, 0, 0)]


def test_staging_is_left_empty_on_demand(
    redshift: RedshiftWarehouse, duckdb_warehouse: DuckDBWarehouse
) -> None:
    fill(redshift)
    fill(duckdb_warehouse)
    duckdb_warehouse.load()
    redshift.load(keep_staging=False)
    assert redshift.rows("SELECT count(*) FROM staging_events") == [(0,)]
    assert redshift.star() == duckdb_warehouse.star()


def test_rejects_are_named_in_the_same_words(
    redshift: RedshiftWarehouse, duckdb_warehouse: DuckDBWarehouse
) -> None:
    bad = [play(ts=TS + number) for number in range(100)]
    bad[41] = play(ts="1541105830796")
    bad[57] = play(userId=None)
    told = []
    for warehouse in (redshift, duckdb_warehouse):
        warehouse.put("song", "a.json", [song()])
        warehouse.put("log", "bad.json", bad)
        with pytest.raises(DataRejectedError) as caught:
            warehouse.load()
        told.append(str(caught.value).replace(warehouse.place("log").rstrip("/"), ""))
        assert warehouse.star()["songs"] == []
        result = warehouse.load(max_errors=2)
        assert result.rejected == 2
        assert [row["line_number"] for row in warehouse.rejects()] == [42, 58]
    assert told[0] == told[1]
    assert "line 42, ts" in told[0]
    assert redshift.star() == duckdb_warehouse.star()
    assert redshift.manifests_left() == []
    names = ("line_number", "reason", "column_name", "detail", "raw_text")
    assert [[row[name] for name in names] for row in redshift.rejects()] == [
        [row[name] for name in names] for row in duckdb_warehouse.rejects()
    ]


def test_odd_forms_are_the_same_input(
    redshift: RedshiftWarehouse, duckdb_warehouse: DuckDBWarehouse
) -> None:
    import json

    one, two = json.dumps(play(), indent=2), json.dumps(play(ts=TS + 1))
    for warehouse in (redshift, duckdb_warehouse):
        warehouse.put("log", "pretty.json", one + two + two)
        warehouse.put("log", "bom.json", b"\xef\xbb\xbf" + two.encode() + b"\r\n")
        warehouse.put("song", "a.json", [song()])
        assert warehouse.load().inserted["songplays"] == 2
    assert redshift.star() == duckdb_warehouse.star()


@pytest.mark.parametrize("form", ["1541105830796.0", '"1541105830796"', "true", "null"])
def test_what_copy_would_take_is_still_rejected(redshift: RedshiftWarehouse, form: str) -> None:
    import json

    record = json.dumps(play()).replace(str(TS), form)
    redshift.put("log", "a.json", record)
    redshift.put("song", "a.json", [song()])
    with pytest.raises(DataRejectedError, match="ts"):
        redshift.load()


def test_real_sample_equals_duckdb(
    redshift: RedshiftWarehouse, duckdb_warehouse: DuckDBWarehouse, real_data: Path
) -> None:
    for warehouse in (redshift, duckdb_warehouse):
        put_folder(warehouse, real_data)
        result = warehouse.load()
        assert result.inserted == {
            "songplays": 6820,
            "time": 6813,
            "songs": 71,
            "artists": 69,
            "users": 97,
        }
    assert redshift.star() == duckdb_warehouse.star()


def test_statements_do_not_grow_with_files_nor_rows(redshift: RedshiftWarehouse) -> None:
    counts = []
    for day, files in enumerate((1, 40, 3)):
        for number in range(files):
            ts = TS + 86_400_000 * day + 1000 * number
            redshift.put("log", f"{day}/{number}.json", [play(ts=ts), play(ts=TS)])
            redshift.put("song", f"{day}/{number}.json", [song(song_id=f"SO{day}{number}")])
        redshift.server.statements.clear()
        assert redshift.load().files == {"log": files, "song": files}
        counts.append(len(redshift.statements()))
    assert len(set(counts)) == 1


def test_lock_is_the_first_statement_of_the_transaction(redshift: RedshiftWarehouse) -> None:
    fill(redshift)
    redshift.load()
    sent = redshift.statements()
    lock = sent.index("LOCK TABLE load_files")
    assert sent[lock - 1].upper().startswith("BEGIN")
    first_copy = next(number for number, sql in enumerate(sent) if sql.startswith("COPY"))
    assert lock < first_copy
    assert "COMMIT" not in sent[lock:-1]


def test_copy_names_role_manifest_and_no_tolerance(redshift: RedshiftWarehouse) -> None:
    fill(redshift)
    arn = "arn:aws:iam::123456789012:role/standin"
    redshift.load(iam_role=f"{arn},{arn}", aws_region="us-west-2")
    copies = redshift.statements("^COPY")
    assert len(copies) == 4
    for copy in copies:
        assert f"IAM_ROLE '{arn},{arn}'" in copy
        assert "MANIFEST" in copy
        assert "MAXERROR 0" in copy
        assert "TRUNCATECOLUMNS" not in copy


def test_own_jsonpaths_file_is_used(redshift: RedshiftWarehouse, real_data: Path) -> None:
    fill(redshift)
    document = (real_data / "log_json_path.json").read_bytes()
    uri = redshift.s3.put(BUCKET, "log_json_path.json", document)
    redshift.load(log_jsonpaths=uri)
    assert f"JSON '{uri}'" in redshift.statements("COPY staging_events")[0]


@pytest.mark.parametrize(
    "document", ['{"jsonpath": ["$.artist"]}', '{"jsonpaths": ["$.artist"]}', "no JSON"]
)
def test_jsonpaths_file_that_copy_would_misread_is_refused(
    redshift: RedshiftWarehouse, document: str
) -> None:
    fill(redshift)
    uri = redshift.s3.put(BUCKET, "wrong_path.json", document)
    with pytest.raises(ConfigurationError, match="SPARKIFY_LOG_JSONPATHS"):
        redshift.load(log_jsonpaths=uri)
    assert not redshift.statements("^copy")


@pytest.mark.slow
def test_generated_sample_equals_duckdb(
    redshift: RedshiftWarehouse, duckdb_warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    generate(tmp_path / "sample", events=3_000, songs=300, days=2)
    for warehouse in (redshift, duckdb_warehouse):
        put_folder(warehouse, tmp_path / "sample")
        warehouse.load()
    assert redshift.star() == duckdb_warehouse.star()


class TestWithoutManifest:
    """COPY by prefix, where the loader may not write to S3."""

    def settings(self, redshift: RedshiftWarehouse) -> dict[str, str]:
        import json

        from sparkify_dwh.feeds.contract import LOG_FEED

        document = json.dumps(LOG_FEED.jsonpaths())
        uri = redshift.s3.put(BUCKET, f"{redshift.database}/paths.json", document)
        return {"manifest_prefix": "", "log_jsonpaths": uri}

    def load(self, redshift: RedshiftWarehouse, **told: object) -> object:
        from sparkify_dwh.load import load

        given = self.settings(redshift)
        settings = redshift.settings().model_copy(
            update={"manifest_prefix": None, "log_jsonpaths": given["log_jsonpaths"]}
        )
        return load(settings, **told)  # type: ignore[arg-type]

    def test_everything_is_read_and_nothing_is_loaded_twice(
        self, redshift: RedshiftWarehouse, duckdb_warehouse: DuckDBWarehouse
    ) -> None:
        for warehouse in (redshift, duckdb_warehouse):
            for (feed, name), records in FILES.items():
                warehouse.put(feed, name, records)
        duckdb_warehouse.load()
        self.load(redshift)
        assert redshift.star() == duckdb_warehouse.star()
        for warehouse in (redshift, duckdb_warehouse):
            warehouse.put("log", "later.json", [play(ts=TS + 7_000), play()])
        duckdb_warehouse.load()
        result = self.load(redshift)
        assert result.files == {"log": 1, "song": 0}  # type: ignore[attr-defined]
        assert result.inserted["songplays"] == 1  # type: ignore[attr-defined]
        assert "2 known files" in result.warnings[0]  # type: ignore[attr-defined]
        assert redshift.star() == duckdb_warehouse.star()
        assert redshift.ledger()[-1]["plays_duplicate"] == 1

    @pytest.mark.parametrize("name", ["pretty.json", "packed.json.gz", "notes.txt"])
    def test_what_copy_would_not_read_the_same_needs_a_manifest(
        self, redshift: RedshiftWarehouse, name: str
    ) -> None:
        import gzip
        import json

        text = json.dumps(play(ts=TS + 9), indent=2 if name.startswith("pretty") else None)
        redshift.put("log", "a.json", [play()])
        redshift.put("song", "a.json", [song()])
        redshift.put("log", name, gzip.compress(text.encode()) if "gz" in name else text)
        with pytest.raises(SourceError, match="SPARKIFY_MANIFEST_PREFIX"):
            self.load(redshift)
        assert redshift.ledger() == []
