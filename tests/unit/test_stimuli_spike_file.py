"""Spike trains from the user's own file."""

import zipfile
from hashlib import sha256
from types import SimpleNamespace

import numpy as np
import pytest

from gatecontrol.errors import ExperimentError
from gatecontrol.fibres.population import draw_fibres
from gatecontrol.preparations import load_preparation
from gatecontrol.stimuli import spike_table
from gatecontrol.stimuli.spike_file import SpikeFile

BODY = load_preparation("rat")
FIBRES = draw_fibres(
    [
        SimpleNamespace(name="a", fibre_class="abeta", role="centre", size=5),
        SimpleNamespace(name="c", fibre_class="c", role="centre", size=10),
    ],
    BODY,
    1,
)


def stimulus(path, **config):
    return SpikeFile.from_config({"kind": "spike_file", "file": str(path), **config})


def spikes(path, **config):
    return stimulus(path, **config).spikes(FIBRES, BODY, 1, "mine")


@pytest.mark.parametrize(
    "text",
    [
        "fibre,time\n0,0.5\n3,0.25\n",
        "# mine\n\nfibre,time [ms]\n0,500\n3,250\n",
        "Time_ms,Fibre,note\n500,0,x\n250,3,y\n",
        "fibre,time\n0,500 ms\n3,0.25 s\n",
        "\ufefffibre,time (us)\r\n0,5e5\r\n3,2.5e5\r\n",
    ],
)
def test_reads_csv(tmp_path, text):
    file = tmp_path / "mine.csv"
    file.write_text(text, encoding="utf-8")
    drive = spikes(file)
    assert drive.time.tolist() == pytest.approx([0.25, 0.5])
    assert drive.fibre.tolist() == [8, 5]
    assert (drive.start == BODY.receptor_to_cord.value).all()


def test_reads_npz_and_shifts_by_the_onset(tmp_path):
    file = tmp_path / "mine.npz"
    np.savez_compressed(file, fibre=np.array([1, 0]), time=np.array([0.2, 0.1]))
    drive = spikes(file, onset="1 s", fibre_class="abeta", noxious=True)
    assert drive.time == pytest.approx([1.1, 1.2])
    assert drive.fibre.tolist() == [0, 1]
    made = stimulus(file, onset="1 s", noxious="true")
    assert made.noxious
    assert made.window(BODY) == pytest.approx((1.1, 1.2))


def test_times_at_the_receptor_are_conducted(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("fibre,time\n0,0.1\n")
    drive = spikes(file, at="receptor")
    assert drive.time[0] == pytest.approx(0.1 + 0.12 / FIBRES.velocity[5])
    start, stop = stimulus(file, at="receptor").window(BODY)
    assert start <= drive.time[0] <= stop


@pytest.mark.parametrize(
    ("text", "code", "line", "message"),
    [
        ("", "E002", 0, "the file is empty"),
        ("0,0.5\n", "E002", 1, "no columns 'fibre' and 'time', but 0, 0.5"),
        ("fibre,time [kg]\n0,1\n", "E024", 1, "'kg' is not a unit of time"),
        ("fibre,time\n0,soon\n", "E023", 2, "expected a time"),
        ("fibre,time\n0\n", "E023", 2, "1 column(s)"),
        ("fibre,time\n1.5,1\n", "E032", 2, "expected the number of a fibre, got '1.5'"),
        ("fibre,time\n-1,1\n", "E032", 2, "expected the number of a fibre, got '-1'"),
        ("fibre,time\n0,nan\n", "E031", 2, "must be a finite number"),
        ("fibre,time\n# x\n0,1\n0,-1\n", "E030", 4, "a spike before the start"),
        ("fibre,time [ms]\n0,1 s\n", "E023", 2, "expected a number, got '1 s'"),
    ],
)
def test_faults_have_a_line(tmp_path, text, code, line, message):
    file = tmp_path / "mine.csv"
    file.write_text(text)
    with pytest.raises(ExperimentError) as caught:
        spike_table.read_spikes(file)
    problem = caught.value.problems[0]
    assert (problem.code, problem.line) == (code, line)
    assert message in problem.message
    where = f"{file}:{line}:" if line else f"{file}:"
    assert str(problem).startswith(where)
    key, code, told, _ = SpikeFile.check({"file": str(file)})[0]
    assert (key, code) == ("file", problem.code)
    assert message in told


def test_all_faults_are_reported_but_not_endlessly(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("fibre,time\n" + "x,1\n" * 3)
    assert len(spike_table.peek(file)) == 3
    file.write_text("fibre,time\n" + "x,1\n" * 300)
    assert len(spike_table.peek(file)) == 20


def test_files_that_are_none(tmp_path):
    assert "no such file" in spike_table.peek(tmp_path / "none.csv")[0].message
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    assert "is a folder" in spike_table.peek(folder)[0].message
    binary = tmp_path / "binary.csv"
    binary.write_bytes(bytes(range(256)) * 4)
    assert "not text in UTF-8" in spike_table.peek(binary)[0].message
    other = tmp_path / "spikes.xlsx"
    other.write_text("x")
    assert "'.xlsx' is not a spike file" in spike_table.peek(other)[0].message
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK not a zip")
    assert "cannot read the file" in spike_table.peek(broken)[0].message


def test_size_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(spike_table, "MAX_BYTES", 1000)
    big = tmp_path / "big.csv"
    big.write_text("fibre,time\n" + "0,1\n" * 500)
    assert "larger than 1000 bytes" in spike_table.peek(big)[0].message
    bomb = tmp_path / "bomb.npz"
    np.savez_compressed(bomb, fibre=np.zeros(300, dtype=np.int8), time=np.zeros(300))
    assert bomb.stat().st_size < 1000
    assert "'time' is larger than 1000 bytes" in spike_table.peek(bomb)[0].message


def test_too_many_spikes(tmp_path, monkeypatch):
    monkeypatch.setattr(spike_table, "MAX_SPIKES", 10)
    file = tmp_path / "many.csv"
    file.write_text("fibre,time\n" + "0,1\n" * 11)
    with pytest.raises(ExperimentError, match="more than 10 spikes"):
        spike_table.read_spikes(file)


def test_npz_is_never_unpickled(tmp_path):
    file = tmp_path / "object.npz"
    np.savez(file, fibre=np.array([{}], dtype=object), time=np.zeros(1))
    with pytest.raises(ExperimentError, match="cannot read the file"):
        spike_table.read_spikes(file)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"fibre": [0]}, "no array 'time'"),
        ({"fibre": [0, 1], "time": [0.1]}, "one length"),
        ({"fibre": [0.5], "time": [0.1]}, "whole numbers"),
        ({"fibre": [0], "time": [np.nan]}, "finite"),
        ({"fibre": [-1], "time": [0.1]}, "not negative"),
        ({"fibre": ["a"], "time": [0.1]}, "whole numbers"),
    ],
)
def test_npz_faults(tmp_path, arrays, message):
    file = tmp_path / "x.npz"
    np.savez(file, **{k: np.array(v) for k, v in arrays.items()})
    with pytest.raises(ExperimentError, match=message):
        spike_table.read_spikes(file)


def test_npz_with_a_truncated_member(tmp_path):
    file = tmp_path / "x.npz"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("fibre.npy", b"\x93NUMPY")
        archive.writestr("time.npy", b"")
    with pytest.raises(ExperimentError, match="cannot read the file"):
        spike_table.read_spikes(file)


def test_a_fibre_that_the_circuit_does_not_have(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("fibre,time\n10,1\n")
    with pytest.raises(ExperimentError, match="fibre 10 of the file, but the circuit has 10 c"):
        spikes(file)


def test_a_changed_file_is_refused(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("fibre,time\n1,1\n")
    mark = sha256(file.read_bytes()).hexdigest()
    assert len(spikes(file, sha256=mark).time) == 1
    file.write_text("fibre,time\n1,1\n2,1\n")
    with pytest.raises(ExperimentError, match="the file has changed"):
        spikes(file, sha256=mark)
