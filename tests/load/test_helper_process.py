"""A helper answers if all went well, says nothing if not, and is gone when nobody waits for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from sparkify_dwh.helper_process import Helper, is_worthwhile, packed, unpacked
from sparkify_dwh.sources import second_lister
from sparkify_dwh.staging import head_start, second_reader
from tests.conftest import ROOT
from tests.load.cores import HAS_TWO_CORES

MODULES = (head_start.__name__, second_lister.__name__, second_reader.__name__)


def test_it_is_worthwhile_where_there_is_a_second_core(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_worthwhile() is HAS_TWO_CORES
    monkeypatch.setattr(sys, "executable", None)
    assert not is_worthwhile()


def test_answer_is_what_the_module_has_written(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    with Helper() as helper:
        helper.start(second_lister.__name__, packed([str(tmp_path)]))
        answer = helper.answer()
    assert answer is not None
    ((folder, names, sizes, _),), passed_over = unpacked(answer)
    assert passed_over == {}
    assert (folder, names, sizes) == (str(tmp_path), ["a.json"], [2])


@pytest.mark.parametrize(
    ("module", "question", "arguments"),
    [
        (second_lister.__name__, ["{folder}/gone"], ()),
        (second_reader.__name__, [[1], ["{folder}/gone.json"], [8], ["8-0-0"]], ("{folder}",)),
        ("sparkify_dwh.no_such_module", [], ()),
        (second_lister.__name__, "neither a list nor", ()),
    ],
)
def test_there_is_no_answer_where_it_has_failed(
    module: str, question: object, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    text = json.dumps(question).replace("{folder}", str(tmp_path))
    with Helper() as helper:
        helper.start(
            module, packed(json.loads(text)), *(word.format(folder=tmp_path) for word in arguments)
        )
        assert helper.answer() is None
        assert helper._process is not None
        assert helper._process.returncode == 1


def test_there_is_no_answer_where_it_was_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    with Helper() as helper:
        assert helper.answer() is None
        monkeypatch.setattr(tempfile, "tempdir", "/no/such/folder")
        helper.start(second_lister.__name__, packed([]))
        assert helper.answer() is None


def test_process_and_files_are_gone_when_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "endless.py").write_text("import time\ndef main(*_): time.sleep(600)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Helper() as helper:
        helper.start("endless", b"")
        process, answer = helper._process, helper._answer
    assert process is not None
    assert answer is not None
    assert process.returncode == -signal.SIGKILL
    assert answer.closed


def forked(folder: Path, work: str, then: str) -> subprocess.CompletedProcess[str]:
    """Run a process of one thread that starts a helper, which does the work."""
    (folder / "work.py").write_text(
        f"import os, signal, sys, time\ndef main(question, answer, *arguments):\n    {work}\n"
    )
    code = (
        "import os, signal, sys\nfrom sparkify_dwh.helper_process import Fork, Helper\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('caught'))\n"
        "print('once')\n"
        "with Helper() as helper:\n"
        "    helper.start('work', b'asked', 'more')\n"
        "    process = helper._process\n"
        "    assert isinstance(process, Fork)\n"
        f"    {then}\n"
        "print(process.returncode)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


ANSWER = "print(helper.answer())"


@pytest.mark.skipif(sys.platform != "linux", reason="only there it is known to be safe")
@pytest.mark.parametrize(
    ("work", "then", "printed"),
    [
        (
            "answer.write(question.read() + arguments[0].encode()); return 0",
            ANSWER,
            "b'askedmore'\n0\n",
        ),
        ("answer.write(b'half'); return 1", ANSWER, "None\n1\n"),
        ("raise OSError('of nobody')", ANSWER, "None\n1\n"),
        ("sys.exit('of nobody')", ANSWER, "None\n1\n"),
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)", ANSWER, "None\n-15\n"),
        ("time.sleep(60)", "assert process.poll() is None", "-9\n"),
        (
            "time.sleep(0.5); return 0",
            "signal.signal(signal.SIGCHLD, signal.SIG_IGN); process.wait(); process.kill(); "
            + ANSWER,
            "None\n1\n",
        ),
        ("time.sleep(60)", "process.kill(); process.kill(); " + ANSWER, "None\n-9\n"),
    ],
)
def test_process_of_one_thread_is_forked(
    tmp_path: Path, work: str, then: str, printed: str
) -> None:
    done = forked(tmp_path, work, then)
    assert (done.returncode, done.stdout, done.stderr) == (0, "once\n" + printed, "")


def test_process_of_several_threads_is_not_forked(tmp_path: Path) -> None:
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    with Helper() as helper:
        helper.start(second_lister.__name__, packed([str(tmp_path)]))
        assert isinstance(helper._process, subprocess.Popen)
        assert helper.answer() is not None
    stop.set()
    other.join()


def test_command_forks_the_process_that_lists_and_looks(tmp_path: Path) -> None:
    """Nothing that it imports has begun a thread by then."""
    for name in ("logs", "songs"):
        (tmp_path / name).mkdir()
    code = (
        "import sys\nfrom sparkify_dwh import helper_process\n"
        "helper_process.is_worthwhile = lambda: True\n"
        "helper_process.Fork.__init__ = lambda self, module, *_: sys.exit(f'forks {module}')\n"
        "from sparkify_dwh.load.command import main\nmain()\n"
    )
    flags = ("--database-url", "duckdb:///none", "--log-data", "logs", "--song-data", "songs")
    done = subprocess.run(
        [sys.executable, "-c", code, *flags],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == f"forks {head_start.__name__}\n"


@pytest.mark.parametrize("module", MODULES)
def test_process_starts_without_what_it_does_not_need(module: str) -> None:
    code = (
        f"import sys, {module}; "
        "print(sorted({'sqlalchemy', 'duckdb', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "value", [[], {"a": [1, 2.5, "\udcff", None, True]}, [("a", ["b"] * 3, 2**70)]]
)
def test_value_comes_out_as_it_was_packed(value: object) -> None:
    text = packed(value)
    assert unpacked(text) == value
    for part in (b"", text[:-1]):
        with pytest.raises(ValueError, match=r"packed|bad marshal"):
            unpacked(part)


def test_orphan_is_told_so() -> None:
    """A process that was started by one that is gone by now."""
    code = (
        "import os, sys; from sparkify_dwh.helper_process import Parent\n"
        "noted, note = os.pipe(); ended, end = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    if os.fork():\n"
        "        os.read(noted, 1); os._exit(0)\n"
        "    os.close(end); parent = Parent(); parent.require_alive(); os.write(note, b'.')\n"
        "    os.read(ended, 1)\n"
        "    try: parent.require_alive()\n"
        "    except ProcessLookupError: os.write(1, b'gone')\n"
        "    os._exit(0)\n"
        "os.wait(); os.close(end)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("gone", "")
