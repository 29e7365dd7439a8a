"""The engine against closed forms, against Brian2's runtime, and against misuse."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gatecontrol import simulation
from gatecontrol.circuits import load_circuit
from gatecontrol.circuits.model import Receptor
from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.errors import EngineError
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.fibres.population import FibreTable
from gatecontrol.simulation import batch, cache, compiler, sources, standalone, tables
from gatecontrol.simulation.recording import Recorder
from gatecontrol.sourced import Sourced

TINY = Path(__file__).parents[1] / "data" / "circuits" / "tiny.yaml"
DT = 1e-4


def quiet(circuit):
    """Return the circuit without background."""
    return replace(circuit, backgrounds={})


def with_cell(circuit, **values):
    cell = circuit.cells["cell"]
    numbers = {k: Sourced(v, 0.0, "assumed", "") for k, v in values.items()}
    return replace(
        circuit, cells={"cell": replace(cell, parameters={**cell.parameters, **numbers})}
    )


def drive_of(circuit, spikes):
    """Make a drive from {afferent: [(fibre within it, time), ...]}."""
    classes, roles, names = [], [], []
    first, position = {}, 0
    for a in circuit.afferents.values():
        classes += [a.fibre_class] * a.size
        roles += [a.role] * a.size
        names += [a.name] * a.size
        first[a.name], position = position, position + a.size
    ones = np.ones(position)
    table = FibreTable(np.array(classes), np.array(roles), np.array(names), ones, ones, ones)
    rows = sorted((t, first[name] + k) for name, pairs in spikes.items() for k, t in pairs)
    time = np.array([t for t, _ in rows])
    fibre = np.array([k for _, k in rows], dtype=np.int32)
    zero = np.zeros(len(rows))
    return AfferentDrive(table, fibre, time, zero.astype(np.int8), zero)


def poisson_drive(circuit, rate, duration, seed=0):
    rng = np.random.default_rng(seed)
    spikes = {}
    for a in circuit.afferents.values():
        steps = [
            np.unique(rng.integers(10, duration / DT - 10, int(rate * duration)))
            for _ in range(a.size)
        ]
        spikes[a.name] = [(k, s * DT) for k, chosen in enumerate(steps) for s in chosen]
    return drive_of(circuit, spikes)


def run(circuit, drive, duration=0.5, backend="standalone", seed=1):
    wiring = draw_wiring(circuit, seed)
    return simulation.run(circuit, wiring, drive, duration, DT, seed, backend)


@pytest.fixture(scope="module", autouse=True)
def needs_compiler():
    assert compiler.find_compiler() is not None, "these tests need a C++ compiler"


@pytest.mark.parametrize("bias", [80e-12, 120e-12, 300e-12])
def test_constant_current_gives_the_closed_form_rate(bias):
    # T = t_ref + tau ln((V_inf - V_reset)/(V_inf - V_threshold)) of a leaky integrator
    circuit = with_cell(quiet(load_circuit(TINY)), bias=bias)
    circuit = replace(
        circuit, pathways={k: p for k, p in circuit.pathways.items() if k.startswith("c")}
    )
    recording = run(circuit, drive_of(circuit, {}), 1.0)
    tau, v_inf = 100e-12 / 5e-9, -65e-3 + bias / 5e-9
    expected = 2e-3 + tau * np.log((v_inf + 60e-3) / (v_inf + 50e-3))
    for spikes in recording.spikes.values():
        for cell in range(spikes.size):
            intervals = np.diff(spikes.time[spikes.neuron == cell])
            # forward Euler and the spike grid: two steps of 0.1 ms at most
            assert intervals.mean() == pytest.approx(expected, abs=2 * DT)


@pytest.mark.parametrize(("receptor", "bias"), [("excitatory", 0.0), ("inhibitory", 300e-12)])
def test_events_of_a_current_synapse_add_up_to_a_current(receptor, bias):
    """Weight times decay times rate: 150 pA, in or out."""
    circuit = with_cell(quiet(load_circuit(TINY)), bias=bias)
    name = f"{receptor}_current"
    decay, weight = (Sourced(value, 0.0, "assumed", "") for value in (5e-3, 3e-12))
    pathway = replace(
        circuit.pathways["abeta_centre_to_inhibitory"],
        fan_in=10,
        weights={name: weight},
        depression=None,
    )
    circuit = replace(
        circuit,
        receptors={**circuit.receptors, name: Receptor(name, None, decay, None)},
        pathways={pathway.name: pathway},
    )
    events = [(k, (10 * n + k) * DT) for k in range(10) for n in range(1000)]
    spikes = run(circuit, drive_of(circuit, {"abeta_centre": events}), 1.0).spikes["inhibitory"]
    v_inf = -65e-3 + 150e-12 / 5e-9
    expected = 2e-3 + 20e-3 * np.log((v_inf + 60e-3) / (v_inf + 50e-3))
    late = spikes.time[(spikes.neuron == 0) & (spikes.time > 0.1)]  # after 20 decays
    # forward Euler and the spike grid, as above
    assert np.diff(late).mean() == pytest.approx(expected, abs=2 * DT)


def test_a_cell_may_have_many_background_sources():
    """Twenty of 50 Hz on a cell that each event makes fire; steps twice hit count once."""
    circuit = load_circuit(TINY)
    cells = {"refractory_period": 0.0, "capacitance": 1e-12}
    background = replace(
        circuit.backgrounds["inhibitory"],
        rate=Sourced(50.0, 0.0, "assumed", ""),
        weights={"ampa": Sourced(500e-9, 0.0, "assumed", "")},
        sources=20,
    )
    circuit = with_cell(circuit, **cells)
    ampa = replace(circuit.receptors["ampa"], decay=Sourced(DT, 0.0, "assumed", ""))
    circuit = replace(
        circuit,
        receptors={**circuit.receptors, "ampa": ampa},
        pathways={},
        backgrounds={"inhibitory": background},
    )
    found = run(circuit, drive_of(circuit, {}), 2.0).spikes
    counts = np.bincount(found["inhibitory"].neuron, minlength=8)
    # 1000 Hz in bins of 0.1 ms: 1 - exp(-0.1) are hit; five standard deviations of a cell's count
    expected = 20_000 * -np.expm1(-0.1)
    assert counts == pytest.approx(expected, abs=5 * np.sqrt(expected))
    assert len(found["projection"].time) == 0


def test_below_rheobase_is_silent():
    circuit = with_cell(quiet(load_circuit(TINY)), bias=70e-12)
    recording = run(circuit, drive_of(circuit, {}))
    assert all(len(s.time) == 0 for s in recording.spikes.values())


def test_standalone_equals_numpy_runtime_spike_for_spike():
    circuit = load_circuit(TINY)
    drive = poisson_drive(circuit, 80, 0.5)
    fast, slow = (run(circuit, drive, backend=b) for b in ("standalone", "numpy"))
    assert fast.backend == "standalone"
    assert slow.backend == "numpy"
    for name, spikes in fast.spikes.items():
        assert len(spikes.time) > 10
        assert np.array_equal(spikes.neuron, slow.spikes[name].neuron)
        assert spikes.time == pytest.approx(slow.spikes[name].time, abs=1e-9)


@pytest.mark.slow
def test_gate_standalone_equals_numpy_runtime_spike_for_spike():
    circuit = load_circuit("gate", ["injured"])
    drive = poisson_drive(circuit, 12, 0.5)
    fast, slow = (run(circuit, drive, backend=b) for b in ("standalone", "numpy"))
    for name, spikes in fast.spikes.items():
        assert np.array_equal(spikes.neuron, slow.spikes[name].neuron)
        assert spikes.time == pytest.approx(slow.spikes[name].time, abs=1e-9)


def test_a_wrong_synapse_would_be_seen():
    circuit = load_circuit(TINY)
    drive = poisson_drive(circuit, 30, 0.5)
    pathway = circuit.pathways["c_to_projection"]
    weights = {**pathway.weights, "ampa": replace(pathway.weights["ampa"], value=3.3e-9)}
    other = replace(
        circuit, pathways={**circuit.pathways, pathway.name: replace(pathway, weights=weights)}
    )
    a, b = run(circuit, drive), run(other, drive)
    assert not np.array_equal(a.spikes["projection"].time, b.spikes["projection"].time)


def test_delay_is_kept():
    circuit = quiet(load_circuit(TINY))
    pathway = circuit.pathways["abeta_centre_to_inhibitory"]
    strong = {"ampa": Sourced(200e-9, 0, "assumed", "")}
    early, late = (
        replace(
            circuit,
            pathways={
                pathway.name: replace(pathway, weights=strong, delay=Sourced(d, 0, "assumed", ""))
            },
        )
        for d in (1e-3, 7e-3)
    )
    volley = {"abeta_centre": [(k, 0.1) for k in range(10)]}
    first = [run(c, drive_of(c, volley)).spikes["inhibitory"].time.min() for c in (early, late)]
    assert first[1] - first[0] == pytest.approx(6e-3, abs=DT / 2)


def test_depression_reaches_the_tsodyks_markram_steady_state():
    # x = (1 - e)/(1 - (1 - U) e), e = exp(-T/tau): seen as fewer spikes late in a train
    circuit = quiet(load_circuit(TINY))
    pathway = circuit.pathways["abeta_centre_to_inhibitory"]
    weights = {"ampa": Sourced(20e-9, 0, "assumed", "")}
    train = {"abeta_centre": [(k, 0.05 + i * 0.02) for k in range(10) for i in range(40)]}
    counts = []
    for depression in (pathway.depression, None):
        one = replace(pathway, weights=weights, depression=depression)
        c = replace(circuit, pathways={one.name: one})
        time = run(c, drive_of(c, train), 1.0).spikes["inhibitory"].time
        counts.append(((time < 0.07).sum(), (time > 0.6).sum()))
    (early_d, late_d), (early, late) = counts
    assert early_d == early  # the first event is not depressed
    assert late_d < 0.8 * late


def test_presynaptic_inhibition_divides_the_c_input():
    circuit = load_circuit(TINY)
    pathway = circuit.pathways["inhibitory_to_projection"]
    only = {"presynaptic": Sourced(5.0, 0, "assumed", "")}
    gate = replace(pathway, weights=only, coverage=1.0)
    spikes = {"c": [(k, 0.05 * i + 0.1) for k in range(10) for i in range(8)]}
    touched = spikes | {"abeta_centre": [(k, 0.05 * i + 0.09) for k in range(10) for i in range(8)]}
    circuit = replace(circuit, pathways={**circuit.pathways, gate.name: gate})
    alone, both = (
        len(run(circuit, drive_of(circuit, s)).spikes["projection"].time) for s in (spikes, touched)
    )
    ungated = replace(
        circuit,
        pathways={k: replace(p, gated=False) for k, p in circuit.pathways.items()},
    )
    free = len(run(ungated, drive_of(ungated, touched)).spikes["projection"].time)
    assert both < 0.7 * alone
    assert free > both


def test_peak_of_a_dual_exponential_is_one():
    rise, decay = 2e-3, 100e-3
    t = np.linspace(0, 0.2, 200_001)
    shape = tables._peak_norm(rise, decay) * (np.exp(-t / decay) - np.exp(-t / rise))
    assert shape.max() == pytest.approx(1, abs=1e-9)


def test_changing_values_or_duration_compiles_nothing(monkeypatch):
    circuit = load_circuit(TINY)
    run(circuit, drive_of(circuit, {}), 0.1)
    monkeypatch.setattr(standalone, "_generate", lambda *_: pytest.fail("compiled again"))
    changed = load_circuit(TINY, ["injured"], {"receptors.ampa.decay": "3 ms"})
    run(changed, poisson_drive(changed, 10, 0.3), 0.3)


def test_duration_is_data():
    circuit = load_circuit(TINY)
    drive = poisson_drive(circuit, 30, 1.0)
    short, long = run(circuit, drive, 0.4), run(circuit, drive, 1.0)
    for name, spikes in short.spikes.items():
        assert spikes.time.max() < 0.4 < long.spikes[name].time.max()
    for name, spikes in short.spikes.items():  # the background too begins in the same way
        assert np.array_equal(spikes.time, long.spikes[name].time[: len(spikes.time)])


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


def test_a_long_run_is_its_stretches(monkeypatch):
    # state is carried from stretch to stretch: shorter ones change nothing but the background
    circuit = quiet(load_circuit(TINY))
    drive = poisson_drive(circuit, 60, 2.0)
    expected = run(circuit, drive, 2.0)
    monkeypatch.setattr(sources, "_CHUNK", 0.0137)
    for backend in ("standalone", "numpy"):
        found = run(circuit, drive, 2.0, backend)
        for name, spikes in expected.spikes.items():
            assert len(spikes.time) > 10
            assert np.array_equal(spikes.neuron, found.spikes[name].neuron)
            assert found.spikes[name].time == pytest.approx(spikes.time, abs=1e-9)


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


def test_exponential_is_exact_to_rounding(tmp_path):
    header = Path(compiler.__file__).with_name("exponential.hpp")
    source = tmp_path / "table.cpp"
    source.write_text(
        f'#include "{header}"\n#include <cstdio>\nint main() {{ double x; while ('
        + "std::fread(&x, 8, 1, stdin) == 1) { x = gatecontrol_exponential(x); "
        + "std::fwrite(&x, 8, 1, stdout); } }"
    )
    found = compiler.find_compiler()
    compiler.compile_unit(found, source, tmp_path / "table", tmp_path)
    x = np.concatenate([np.linspace(-700, 700, 100_001), np.linspace(-7, 7, 100_001), [0, -1e4]])
    done = subprocess.run([tmp_path / "table"], input=x.tobytes(), capture_output=True, check=True)
    given = np.frombuffer(done.stdout)
    expected = np.exp(np.maximum(x, -700))
    # rounding of ln 2, times its multiple, is the error left: |x| units in the last place
    allowed = (4 + np.abs(np.maximum(x, -700))) * np.finfo(float).eps
    assert np.all(np.abs(given / expected - 1) < allowed)


def test_replicates_side_by_side_are_the_same_as_alone():
    circuit = load_circuit(TINY)
    drives = [poisson_drive(circuit, rate, 0.3, seed=rate) for rate in (40, 80, 120)]
    alone = [run(circuit, d, 0.3, "numpy", seed=n) for n, d in enumerate(drives)]
    replicates = [simulation.Replicate(draw_wiring(circuit, n), d, n) for n, d in enumerate(drives)]
    for backend in ("numpy", "standalone"):
        together = simulation.run_batch(circuit, replicates, 0.3, DT, backend)
        for one, other in zip(alone, together, strict=True):
            assert len(one.spikes["projection"].time) > 0
            for name, spikes in one.spikes.items():
                assert np.array_equal(spikes.neuron, other.spikes[name].neuron)
                assert other.spikes[name].time == pytest.approx(spikes.time, abs=1e-9)
    first = alone[0].spikes["projection"].time
    assert not np.array_equal(first, alone[1].spikes["projection"].time)


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
