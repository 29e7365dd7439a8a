"""The journal survives torn lines, damage, full disks and a second writer."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gatecontrol.errors import RunError
from gatecontrol.experiment.journal import Journal
from gatecontrol.files import write_whole
from gatecontrol.simulation.recording import Spikes


def payload(value=1.0, spikes=None):
    return {
        "measures": {"pain_signal": [value, math.nan, 0.1 + 0.2]},
        "recruitment": {"abeta": 0.25},
        "report": {},
        "warnings": ["a warning"],
        "provenance": {},
        "backend": "numpy",
        "seconds": 0.5,
        "spikes": spikes,
    }


def fill(folder: Path, *keys: str) -> None:
    with Journal(folder) as journal:
        for number, key in enumerate(keys):
            journal.add(key, payload(float(number)))


def values(folder: Path) -> dict[str, float]:
    with Journal(folder) as journal:
        return {k: journal.load(k)["measures"]["pain_signal"][0] for k in list(journal.keys())}


def test_what_is_added_is_found_again_bit_for_bit(tmp_path):
    fill(tmp_path, "a", "b")
    with Journal(tmp_path) as journal:
        assert len(journal) == 2
        assert journal.has("a")
        assert not journal.has("c")
        found = journal.load("b")["measures"]["pain_signal"]
        assert found[0] == 1.0
        assert math.isnan(found[1])
        assert found[2] == 0.1 + 0.2
        assert journal.load("a")["warnings"] == ["a warning"]


def test_numpy_numbers_can_be_journalled(tmp_path):
    with Journal(tmp_path) as journal:
        one = payload()
        one["measures"] = {"rate": np.array([1.5, 2.5]), "count": np.int64(3)}
        journal.add("a", one)
        assert journal.load("a")["measures"] == {"rate": [1.5, 2.5], "count": 3}


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_a_torn_last_line_is_dropped_and_said(tmp_path, cut):
    fill(tmp_path, "a", "b", "c")
    path = tmp_path / "journal" / "points.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    with Journal(tmp_path) as journal:
        assert journal.has("b")
        assert not journal.has("c")
        assert journal.warnings == ["the last line of the journal was cut short; it is recomputed"]
        journal.add("c", payload(7.0))
    assert values(tmp_path) == {"a": 0.0, "b": 1.0, "c": 7.0}


@pytest.mark.parametrize(
    "damage",
    [
        lambda line: line.replace(b'"pain_signal":[1.0', b'"pain_signal":[2.0'),
        lambda line: line[: len(line) // 2],
        lambda line: b"\x00" * len(line),
        lambda line: b"[]",
        lambda line: b'{"key":"b"}',
    ],
)
def test_a_damaged_line_is_computed_again(tmp_path, damage):
    fill(tmp_path, "a", "b", "c")
    path = tmp_path / "journal" / "points.jsonl"
    lines = path.read_bytes().split(b"\n")
    changed = damage(lines[1])
    assert changed != lines[1]
    path.write_bytes(b"\n".join([lines[0], changed, *lines[2:]]))
    with Journal(tmp_path) as journal:
        assert journal.warnings == ["1 damaged line in the journal; its content is computed again"]
        assert [k for k in "abc" if journal.has(k)] == ["a", "c"]
        journal.add("b", payload(1.0))
    with Journal(tmp_path) as journal:
        assert journal.warnings == []  # told once
    assert values(tmp_path) == {"a": 0.0, "c": 2.0, "b": 1.0}


def test_lines_are_json_objects(tmp_path):
    fill(tmp_path, "a")
    line = (tmp_path / "journal" / "points.jsonl").read_text().strip()
    assert set(json.loads(line)) == {"key", "payload", "sum"}


def trains():
    return {
        "c": Spikes(5, np.array([0, 4], dtype=np.int32), np.array([0.1, 0.2])),
        "a b": Spikes(3, np.array([], dtype=np.int32), np.array([])),
    }


def test_kept_spikes_come_back(tmp_path):
    with Journal(tmp_path) as journal:
        journal.add("a", payload(spikes=trains()))
        journal.add("b", payload())
    with Journal(tmp_path) as journal:
        found = journal.load("a")["spikes"]
        assert list(found) == ["c", "a b"]
        assert found["c"].size == 5
        np.testing.assert_array_equal(found["c"].neuron, [0, 4])
        np.testing.assert_array_equal(found["c"].time, [0.1, 0.2])
        assert found["c"].neuron.dtype == np.int32
        assert journal.load("a", spikes=False)["spikes"] is None
        assert journal.has("a", spikes=True)
        assert not journal.has("b", spikes=True)
        assert journal.has("b")


def test_damaged_or_missing_spikes_are_computed_again(tmp_path):
    with Journal(tmp_path) as journal:
        journal.add("a", payload(spikes=trains()))
        journal.add("b", payload(spikes=trains()))
    folder = tmp_path / "journal" / "spikes"
    data = bytearray((folder / "a.npz").read_bytes())
    data[40] ^= 1
    (folder / "a.npz").write_bytes(data)
    (folder / "b.npz").unlink()
    with Journal(tmp_path) as journal:
        assert not journal.has("a", spikes=True)
        assert not journal.has("b", spikes=True)
        assert journal.has("a")


def test_clear_forgets_everything(tmp_path):
    with Journal(tmp_path) as journal:
        journal.add("a", payload(spikes=trains()))
        journal.clear()
        assert len(journal) == 0
        journal.add("b", payload(3.0))
    assert values(tmp_path) == {"b": 3.0}
    assert not (tmp_path / "journal" / "spikes").exists()


def test_a_second_writer_is_refused_by_name(tmp_path):
    hold = (
        "import sys; from pathlib import Path; from gatecontrol.experiment.journal import Journal\n"
        + "with Journal(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline() == "held\n"
        expected = rf"another run \(process {holder.pid}, since .*\) is writing to .*; wait for it"
        with pytest.raises(RunError, match=expected), Journal(tmp_path):
            pass
    finally:
        holder.communicate("")
    with Journal(tmp_path) as journal:
        assert len(journal) == 0


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match=r"cannot write to .*file.*choose another folder"):
        Journal(tmp_path / "file").__enter__()


def test_a_full_disk_leaves_earlier_lines_intact(tmp_path, monkeypatch):
    with Journal(tmp_path) as journal:
        journal.add("a", payload(4.0))
        real = journal._handle

        class Full:
            def __getattr__(self, name):
                return getattr(real, name)

            def write(self, data):
                real.write(data[: len(data) // 2])
                raise OSError(28, "No space left on device")

        monkeypatch.setattr(journal, "_handle", Full())
        with pytest.raises(RunError, match="No space left on device; what was saved is intact"):
            journal.add("b", payload(5.0))
        monkeypatch.undo()
    with Journal(tmp_path) as journal:
        assert journal.warnings == []
        journal.add("b", payload(5.0))
    assert values(tmp_path) == {"a": 4.0, "b": 5.0}


LIMITED = """\
import resource, sys
from pathlib import Path
from gatecontrol.errors import GatecontrolError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    exec(sys.argv[3])
except (GatecontrolError, OSError) as error:
    sys.exit(str(error))
"""


def limited(folder: Path, size: int, program: str) -> str:
    """Return what a program says whose files may not be larger than a size."""
    command = [sys.executable, "-c", LIMITED, str(folder), str(size), program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, (done.returncode, done.stderr)  # not a crash
    return done.stderr


def test_a_line_for_which_there_is_no_room_is_taken_back(tmp_path):
    fill(tmp_path, "a")
    size = (tmp_path / "journal" / "points.jsonl").stat().st_size
    program = (
        "from gatecontrol.experiment.journal import Journal\n"
        + "with Journal(Path(sys.argv[1])) as journal:\n"
        + "    journal.add('b', journal.load('a'))\n    journal.add('c', journal.load('a'))"
    )
    said = limited(tmp_path, 2 * size + size // 2, program)
    assert "File too large; what was saved is intact. Make room and run" in said
    with Journal(tmp_path) as journal:
        assert journal.warnings == []
        assert list(journal.keys()) == ["a", "b"]


@pytest.mark.parametrize("size", [100, 6_000, 20_000])
def test_results_for_which_there_is_no_room_leave_the_older_ones(tmp_path, size):
    path = tmp_path / "results.nc"
    path.write_bytes(b"older")
    program = (
        "import numpy, xarray\nfrom gatecontrol.analysis.results import write\n"
        + "text = numpy.array([str(n) * 9 for n in range(999)], dtype=object)\n"
        + "data = xarray.Dataset({'x': ('n', numpy.zeros(9999)), 't': ('m', text)})\n"
        + "write(xarray.DataTree(data), Path(sys.argv[1]) / 'results.nc')"
    )
    assert "File too large" in limited(tmp_path, size, program)
    assert path.read_bytes() == b"older"
    assert [p.name for p in tmp_path.iterdir()] == ["results.nc"]


def test_what_a_killed_writer_left_is_removed(tmp_path):
    with Journal(tmp_path) as journal:
        journal.add("a", payload(spikes=trains()))
    names = (".results.nc.77.part", "figures/.raster.png.77.part", "journal/spikes/.b.npz.77.part")
    left = [tmp_path / name for name in names]
    (tmp_path / "figures").mkdir()
    for path in left:
        path.write_bytes(b"half")
    (tmp_path / "notes.part").write_text("the user's")
    with Journal(tmp_path) as journal:
        assert journal.has("a", spikes=True)
    assert not any(path.exists() for path in left)
    assert (tmp_path / "notes.part").exists()


def test_an_atomic_write_leaves_no_part_behind(tmp_path):
    write_whole(tmp_path / "x" / "file", b"new")
    write_whole(tmp_path / "x" / "file", b"newer")
    assert [p.name for p in (tmp_path / "x").iterdir()] == ["file"]
    assert (tmp_path / "x" / "file").read_bytes() == b"newer"


def test_what_is_on_disk_counts_after_an_interruption(tmp_path):
    with Journal(tmp_path) as journal:
        journal.add("a" * 64, payload())
        journal._index.clear()  # as if the signal came before the line was noted
        journal.reread()
        assert journal.has("a" * 64)
