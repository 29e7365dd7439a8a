"""The engine's programs: wrong inputs, damaged caches, compilers that fail or are missing."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from made_networks import DT, TINY, drive_of, poisson_drive, quiet, run, with_cell

from gatecontrol import simulation
from gatecontrol.circuits import load_circuit
from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.errors import EngineError
from gatecontrol.simulation import batch, cache, compiler, sources, standalone, tables
from gatecontrol.simulation.recording import Recorder

pytestmark = pytest.mark.usefixtures("needs_compiler")


def test_changing_values_or_duration_compiles_nothing(monkeypatch):
    circuit = load_circuit(TINY)
    run(circuit, drive_of(circuit, {}), 0.1)
    monkeypatch.setattr(standalone, "_generate", lambda *_: pytest.fail("compiled again"))
    changed = load_circuit(TINY, ["injured"], {"receptors.ampa.decay": "3 ms"})
    run(changed, poisson_drive(changed, 10, 0.3), 0.3)


def nowhere():
    return Recorder({})


def prepared(circuit):
    """Return the key of a built network, its tables and the chunks of a silent run."""
    structure = tables.structure_of(circuit, DT)
    key = standalone.build(structure, compiler.find_compiler())
    filled = tables.fill_tables(structure, circuit, draw_wiring(circuit, 1))
    chunks = list(sources.source_chunks(circuit, drive_of(circuit, {}), 0.1, DT, 1))
    return key, filled, chunks


def test_inputs_of_the_wrong_form_are_refused():
    key, filled, chunks = prepared(load_circuit(TINY))
    filled["cells.v"] = filled["cells.v"][:-1]
    with pytest.raises(
        EngineError, match=r"input cells\.v is float64\[13\], .* needs float64\[14\]"
    ):
        standalone.simulate(key, filled, chunks, nowhere())


def test_two_spikes_of_a_fibre_in_one_step_are_refused():
    circuit = quiet(load_circuit(TINY))
    drive = drive_of(circuit, {"c": [(0, 0.1), (0, 0.10003)]})
    with pytest.raises(
        EngineError, match=r"source 10 has two spikes in the time step at 0\.1000 s"
    ):
        run(circuit, drive)


def test_a_binary_that_misreads_its_input_is_caught(monkeypatch):
    key, filled, chunks = prepared(load_circuit(TINY))
    name = next(n for n in filled if n.startswith("afferent_excitatory") and ".w_ampa" in n)
    cheated = filled | {name: filled[name] * 1.001}
    real = standalone._verify
    monkeypatch.setattr(standalone, "_verify", lambda seen, _: real(seen, cheated))
    with pytest.raises(EngineError, match=f"did not see input {name} as it was given"):
        standalone.simulate(key, filled, chunks, nowhere())


def test_every_input_but_the_starting_voltage_is_checked(monkeypatch):
    key, filled, chunks = prepared(load_circuit(TINY))
    seen = {}
    monkeypatch.setattr(standalone, "_verify", lambda sums, _: seen.update(sums))
    standalone.simulate(key, filled, chunks, nowhere())
    assert set(seen) == set(filled) - {"cells.v"}
    assert all(sum_ == pytest.approx(filled[name].sum()) for name, sum_ in seen.items())


def test_a_stream_that_is_cut_off_is_a_clear_error(monkeypatch):
    key, filled, _ = prepared(load_circuit(TINY))
    # the binary waits for the last inputs and gets the end of the stream instead
    monkeypatch.setattr(standalone, "_input", lambda spec, t: t[spec["name"]][:1])
    with pytest.raises(EngineError, match=r"ended with code 3: .* could not read (its input|on)"):
        standalone.simulate(key, filled, [], nowhere())


def test_an_error_while_drawing_spikes_ends_the_simulation():
    key, filled, chunks = prepared(load_circuit(TINY))

    def broken():
        yield chunks[0]
        raise EngineError("no more spikes")

    with pytest.raises(EngineError, match="^no more spikes$"):
        standalone.simulate(key, filled, broken(), nowhere())


def test_a_run_that_stops_early_is_an_error(monkeypatch):
    key, filled, chunks = prepared(load_circuit(TINY))
    real = standalone._read_end
    monkeypatch.setattr(
        standalone,
        "_read_end",
        lambda pipe, names: (lambda e: (e[0] - 1, *e[1:]))(real(pipe, names)),
    )
    with pytest.raises(EngineError, match="stopped before its end"):
        standalone.simulate(key, filled, chunks, nowhere())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("main", b"#!/bin/sh\nexit 7\n"),
        ("main", b"garbage"),
        ("main", b""),
        ("manifest.json", b"{"),
        ("manifest.json", None),
    ],
)
def test_a_damaged_cache_entry_is_announced(tmp_path, monkeypatch, name, content):
    circuit = load_circuit(TINY)
    key = prepared(circuit)[0]
    shutil.copytree(cache.cache_folder() / key, tmp_path / key)
    monkeypatch.setenv("GATECONTROL_CACHE_DIR", str(tmp_path))
    assert cache.is_built(key)
    if content is None:
        (tmp_path / key / name).unlink()
    else:
        (tmp_path / key / name).write_bytes(content)
    said, built = [], []
    monkeypatch.setattr(standalone, "_build", lambda *_: built.append("again"))
    simulation.prepare(circuit, DT, announce=said.append)
    assert built == ["again"]
    assert said == [
        f"the compiled network {key[:12]} in the cache is damaged and is built again",
        "compiling the network of circuit 'tiny' once (about 10 s)",
    ]


def test_an_entry_damaged_between_check_and_use_is_built_again(tmp_path, monkeypatch):
    circuit = load_circuit(TINY)
    key = prepared(circuit)[0]
    shutil.copytree(cache.cache_folder() / key, tmp_path / key)
    monkeypatch.setenv("GATECONTROL_CACHE_DIR", str(tmp_path))
    real = standalone.build

    def build_and_damage(structure, found):
        real(structure, found)
        monkeypatch.setattr(standalone, "build", real)
        (tmp_path / key / "main").write_bytes(b"garbage")
        return key

    monkeypatch.setattr(standalone, "build", build_and_damage)
    recording = run(circuit, drive_of(circuit, {}), 0.1)
    assert recording.backend == "standalone"
    assert cache.is_built(key)


def test_a_cache_that_cannot_be_written_is_a_clear_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GATECONTROL_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(EngineError, match=r"cannot be kept in .*file: .*set GATECONTROL_CACHE_DIR"):
        run(load_circuit(TINY), drive_of(load_circuit(TINY), {}), 0.1)


def test_the_runtime_leaves_the_callers_brian2_as_it_was():
    import brian2 as b2
    from brian2.devices.device import reset_device

    circuit = quiet(load_circuit(TINY))
    before = b2.defaultclock.dt
    b2.defaultclock.dt = 0.25 * b2.ms
    b2.set_device("cpp_standalone", build_on_run=False)
    try:
        run(circuit, drive_of(circuit, {}), backend="numpy")
        assert type(b2.get_device()).__name__ == "CPPStandaloneDevice"
    finally:
        reset_device()
    assert b2.defaultclock.dt == 0.25 * b2.ms
    b2.defaultclock.dt = before


def test_without_compiler_the_runtime_is_announced(monkeypatch):
    monkeypatch.setattr(simulation, "find_compiler", lambda: None)
    monkeypatch.setattr(simulation.runtime, "cython_works", lambda: False)
    said = []
    assert simulation.prepare(load_circuit(TINY), DT, announce=said.append) == "numpy"
    assert said == ["no C++ compiler found: running on Brian2's numpy runtime, which is slower"]
    with pytest.raises(EngineError, match=r"needs a C\+\+ compiler: install g\+\+ or clang\+\+"):
        simulation.choose_backend("standalone")
    with pytest.raises(
        EngineError, match="no engine 'fast'; choose auto, standalone, cython, numpy"
    ):
        simulation.choose_backend("fast")


def test_the_look_for_a_compiler_is_silent(tmp_path):
    (tmp_path / "bin").mkdir()
    code = "from gatecontrol.simulation.runtime import cython_works; print(cython_works())"
    folders = {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=folders, capture_output=True, text=True, check=True
    )
    assert (done.stdout.strip(), done.stderr) == ("False", "")


def test_a_failing_compiler_is_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.setenv("GATECONTROL_CACHE_DIR", str(tmp_path))
    broken = compiler.Compiler("/bin/false", "none", ("-O2",), "cpu")
    structure = tables.structure_of(load_circuit(TINY), DT)
    with pytest.raises(EngineError, match=r"the C\+\+ compiler /bin/false failed"):
        standalone.build(structure, broken)
    assert not cache.is_built(standalone.cache_key(structure, broken))
    assert not list(tmp_path.glob("build-*"))


def test_a_portable_build_has_no_native_code_and_the_same_spikes(monkeypatch):
    circuit = load_circuit(TINY)
    drive = poisson_drive(circuit, 80, 0.5)
    expected = run(circuit, drive)
    native = compiler.find_compiler()
    monkeypatch.setenv("GATECONTROL_PORTABLE", "1")
    compiler.find_compiler.cache_clear()
    try:
        portable = compiler.find_compiler()
        found = run(circuit, drive)
    finally:
        compiler.find_compiler.cache_clear()
    assert "-march=native" in native.flags
    assert {f for f in portable.flags if f.startswith("-march")} <= {"-march=x86-64-v3"}
    assert portable.cpu in {"x86_64", "aarch64", "arm64"}
    for name, spikes in expected.spikes.items():
        assert np.array_equal(spikes.neuron, found.spikes[name].neuron)
        assert np.array_equal(spikes.time, found.spikes[name].time)


def test_the_compiler_is_tried_once_a_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("GATECONTROL_CACHE_DIR", str(tmp_path))
    find = compiler.find_compiler.__wrapped__
    first = find()
    monkeypatch.setattr(compiler, "_works", lambda *_: pytest.fail("tried again"))
    assert find() == first
    (note,) = tmp_path.glob("compiler-*.json")
    note.write_text("{")
    monkeypatch.setattr(compiler, "_works", lambda *_: True)
    assert find() == first


def test_replicates_that_share_no_receptors_are_refused():
    circuit, slow = load_circuit(TINY), load_circuit(TINY, [], {"receptors.ampa.decay": "9 ms"})
    structure = tables.structure_of(circuit, DT)
    filled = [tables.fill_tables(structure, c, draw_wiring(c, 1)) for c in (circuit, slow)]
    with pytest.raises(
        EngineError, match=r"networks with different cells\.decay_ampa cannot run side by side"
    ):
        batch.join_tables(structure, filled)


def test_a_simulation_that_diverges_is_no_silence():
    # forward Euler of a membrane faster than the step: 0.1 pF and 10 uS, a time constant of 10 ns
    circuit = with_cell(
        quiet(load_circuit(TINY)), capacitance=1e-13, leak_conductance=1e-5, threshold=1e300
    )
    with pytest.raises(EngineError, match=r"cells: its mean voltage is .* V at the end"):
        run(circuit, drive_of(circuit, {}), 0.1)
