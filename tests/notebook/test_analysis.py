"""The notebook runs from top to bottom, from nothing; and is kept without its outputs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
NOTEBOOK = PROJECT / "notebooks" / "analysis.ipynb"

nbformat = pytest.importorskip("nbformat", reason="needs nbformat: pip install '.[test]'")


@pytest.fixture
def notebook() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


def test_notebook_has_ten_cells_and_no_outputs(notebook: Any) -> None:
    nbformat.validate(notebook)
    assert len(notebook.cells) == 10
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert set(json.loads(NOTEBOOK.read_text(encoding="utf-8"))["metadata"]) == {
        "kernelspec",
        "language_info",
    }


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:jupyter_client")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq")
def test_notebook_runs_from_top_to_bottom(
    notebook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("nbclient", "ipykernel", "altair", "vl_convert", "statsmodels", "polars"):
        pytest.importorskip(module, reason=f"the notebook needs {module}")
    from nbclient import NotebookClient

    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")])
    )
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    client = NotebookClient(
        notebook, timeout=110, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    shown = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    assert "4,934" in _text(shown["load"])
    assert "Midnight Season" in _text(shown["top"])
    for name in ("per-day", "hours", "forecast"):
        assert any("image/svg+xml" in output.get("data", ()) for output in shown[name])
    assert "naive" in _text(shown["error"])
    assert _text(shown["report"]).endswith("True")
    assert (tmp_path / "report.html").stat().st_size < 3_000_000


def _text(outputs: list[Any]) -> str:
    return "".join(
        output.text if output.output_type == "stream" else str(dict(output.data))
        for output in outputs
        if output.output_type in ("stream", "execute_result", "display_data")
    ).rstrip("'}\n")
