"""Published circuits against golden runs of their authors' files.

Prints tables "golden against here". The golden runs (NEURON 9.0.2 on the authors' files) stand in
``tests/data/golden/circuits``. Their afferent trains are the authors' own and not part of this
repository: here trains are drawn from the statistics of the authors' (mean and standard
deviation of latencies and intervals), so counts differ by the draw, which is repeated. Takes some
minutes: ``python benchmarks/published.py [--draws N]``.
"""

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gatecontrol.circuits import load_circuit
from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.fibres.population import draw_fibres
from gatecontrol.preparations import load_preparation
from gatecontrol.simulation import Replicate, run_batch
from gatecontrol.simulation.cable import run_cables
from gatecontrol.simulation.cable_circuit import network_of
from gatecontrol.simulation.cells import current_steps, synaptic_potential
from gatecontrol.stimuli.ongoing import Ongoing

GOLDEN = Path(__file__).parents[1] / "tests" / "data" / "golden" / "circuits"
DT = 12.5e-6
CELLS = {
    "SG": "inhibitory_local",
    "SGSCS": "inhibitory_surround",
    "EX": "excitatory",
    "WDR": "projection",
}

LATENCIES = {
    "abeta_centre": (4.5e-3, 1.5e-3),
    "adelta": (33.1e-3, 7.6e-3),
    "c": (177.6e-3, 55.4e-3),
}
"""Arrival after a volley in the wind-up protocol: mean and standard deviation over fibres [s]."""

NEAR = {"abeta_centre": (2.57e-3, 0.87e-3), "adelta": (18.9e-3, 4.3e-3), "c": (101.5e-3, 31.7e-3)}
"""The same in the protocol of A-fibre inhibition."""


def golden(name):
    """Return the rows of a golden file as mappings of text."""
    with (GOLDEN / name).open() as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def fibres_of(circuit, seed=1):
    return draw_fibres(circuit.afferents.values(), load_preparation("rat"), seed)


def arrivals(fibres, trains, dt=DT):
    """Return a drive of spikes at the terminals: pairs of fibre rows and times [s].

    Two spikes of a fibre in one time step, which the engine refuses, are set a step apart.
    """
    row = np.concatenate([np.asarray(r, dtype=np.int64) for r, _ in trains])
    time = np.concatenate([np.asarray(t, dtype=np.float64) for _, t in trains])
    order = np.lexsort((row, time))
    row, time = row[order], time[order]
    while True:
        key = np.floor(time / dt + 0.5).astype(np.int64) * len(fibres) + row
        first = np.unique(key, return_index=True)[1]
        clash = np.setdiff1d(np.arange(len(key)), first)
        if not len(clash):
            break
        time[clash] += dt
    order = np.lexsort((row, time))
    none = np.zeros(len(row))
    return AfferentDrive(
        fibres, row[order].astype(np.int32), time[order], none.astype(np.int8), none
    )


def volleys(fibres, times, rng, latencies=LATENCIES):
    """Return trains of volleys: every fibre has the same latency after each of them."""
    found = []
    for name, (mean, deviation) in latencies.items():
        rows = np.flatnonzero(fibres.afferent == name)
        latency = np.maximum(mean + deviation * rng.standard_normal(len(rows)), 0.2e-3)
        found.append((
            np.tile(rows, len(times)),
            (np.asarray(times)[:, None] + latency).ravel(),
        ))
    return found


def ongoing(fibres, duration, seed):
    """Return the ongoing activity of the authors' simulations of spinal cord stimulation."""
    stimulus = Ongoing.from_config({"duration": f"{duration} s"})
    drive = stimulus.spikes(fibres, load_preparation("rat"), seed, "ongoing")
    return [(drive.fibre, drive.time)]


def pulses(fibres, times, rng, where=("abeta_centre", "abeta_surround")):
    """Return one spike a pulse in every A-beta fibre of the named afferents."""
    found = []
    for name in where:
        rows = np.flatnonzero(fibres.afferent == name)
        offset = rng.uniform(0.2e-3, 1.4e-3, len(rows))
        found.append((np.tile(rows, len(times)), (np.asarray(times)[:, None] + offset).ravel()))
    return found


def simulate(circuit, drive, duration, seed=1):
    """Return spike times [s] by population."""
    one = Replicate(draw_wiring(circuit, seed), drive, seed)
    recording = run_batch(circuit, [one], duration, DT)[0]
    return {name: spikes.time for name, spikes in recording.spikes.items()}


def windup(seed, *, rate=1.0, count=20, conditions=("no_surround",)):
    """Return WDR spikes per volley."""
    circuit = load_circuit("zhang2014", conditions)
    fibres, rng = fibres_of(circuit), np.random.default_rng(seed)
    times = 1 + np.arange(count) / rate
    spikes = simulate(circuit, arrivals(fibres, volleys(fibres, times, rng)), times[-1] + 1)
    edges = np.column_stack([times, times + min(1.0, 1 / rate)])
    return [int(np.sum((spikes["projection"] >= a) & (spikes["projection"] < b))) for a, b in edges]


def foreman(seed, *, count=25, settle=5.0):
    """Return the WDR spikes of 10-ms bins of the second around each single SCS pulse.

    The pulse comes at 100 ms; pooled over the pulses.
    """
    circuit = load_circuit("zhang2014")
    fibres, rng = fibres_of(circuit), np.random.default_rng(seed)
    end = settle + count
    trains = ongoing(fibres, end, seed) + pulses(fibres, settle + 0.1 + np.arange(count), rng)
    time = simulate(circuit, arrivals(fibres, trains), end)["projection"]
    return np.histogram(time[time >= settle] % 1.0, np.arange(101) * 0.01)[0]


def scs(seed, frequency, *, where=("abeta_centre", "abeta_surround"), conditions=()):
    """Return rates [Hz] by population during 4 s of SCS after 1 s of ongoing activity."""
    circuit = load_circuit("zhang2014", conditions)
    fibres, rng = fibres_of(circuit), np.random.default_rng(seed)
    trains = ongoing(fibres, 5.0, seed)
    if frequency:
        trains += pulses(fibres, np.arange(1, 5 - 1e-9, 1 / frequency), rng, where)
    spikes = simulate(circuit, arrivals(fibres, trains), 5.0)
    return {name: np.sum(time >= 1) / 4 for name, time in spikes.items()}


def conditioned(seed, lag, *, tests=4):
    """Return the WDR spikes 40-80 ms after a second A volley in the answer to C fibres.

    The second volley comes `lag` after the first, which excites C fibres too. Returned are the
    spikes in the same window without the second volley, and with it.
    """
    circuit = load_circuit("zhang2014")
    fibres = fibres_of(circuit)
    times = 1 + 2.0 * np.arange(tests)
    again = {name: NEAR[name] for name in ("abeta_centre", "adelta")}
    found = []
    for second in (False, True):
        rng = np.random.default_rng(seed)
        trains = volleys(fibres, times, rng, NEAR)
        if second:
            trains += volleys(fibres, times + lag, rng, again)
        time = simulate(circuit, arrivals(fibres, trains), times[-1] + 1)["projection"]
        since = time[:, None] - times - lag
        found.append(int(np.sum((since >= 0.04) & (since < 0.08))))
    return tuple(found)


def aguiar(seed, conditions=(), count=15, *, rate=1.0, changes=None, dt=DT, since=0.0):
    """Return WDR and interneuron spikes per volley, with the recorded noise.

    Counted are spikes from `since` [s] after each volley on, for a second at most. After the
    record of 16 s noise goes on at its rate of 100 /s.
    """
    circuit = load_circuit("aguiar2010", conditions, changes)
    network, rng = network_of(circuit, draw_wiring(circuit, seed)), np.random.default_rng(seed)
    times = 1.0 + np.arange(count) / rate
    stop = times[-1] + 1
    events = golden("aguiar_windup_1hz_events.csv")
    noise = np.array([float(e["t_ms"]) * 1e-3 for e in events if e["kind"] == "noise"])
    delta = times[:, None] + 30e-3 + 5e-3 * rng.standard_normal((count, 20))
    if stop > 16:
        more = 16 + np.cumsum(rng.exponential(10e-3, int(200 * (stop - 16))))
        noise = np.concatenate([noise, more])
    noise = noise[noise < stop]
    source = np.concatenate([
        np.tile(np.arange(20), count),
        np.full(count, 20),
        np.full(len(noise), 21),
    ])
    time = np.concatenate([delta.ravel(), times, noise])
    key = np.floor(time / dt + 0.5).astype(np.int64) * 22 + source
    once = np.sort(np.unique(key, return_index=True)[1])  # the noise repeats a step now and then
    recording = run_cables(network, source[once], time[once], stop, dt)
    return tuple(
        np.array([
            np.sum((at >= t + since) & (at < t + min(1.0, 1 / rate))) for t in times
        ])
        for at in (recording.spikes[n].time for n in ("projection", "interneuron"))
    )  # fmt: skip


INTERNEURON_BLOCK = {"pathways.interneuron_to_projection_inhibition.weights.gaba_a": "0 nS"}
"""No inhibition by the interneuron, while that of the noise stays: what the golden run did."""

AGUIAR_OTHER = {
    (rate, block): {
        "rate": rate,
        "conditions": ("nmda_block",) if block == "nmda" else (),
        "changes": INTERNEURON_BLOCK if block == "gaba_a" else None,
    }
    for rate, block in (
        (0.2, ""), (0.33, ""), (0.5, ""), (1.0, ""), (2.0, ""), (1.0, "gaba_a"), (1.0, "nmda"),
    )
}  # fmt: skip
"""Conditions of ``aguiar_windup_other.csv``: settings of `aguiar`."""


def aguiar_other(rate, block):
    """Return golden late spikes per volley of another condition, and their solver step [s]."""
    rows = [
        r
        for r in golden("aguiar_windup_other.csv")
        if float(r["rate_hz"]) == rate and r["block"] == block
    ]
    return [int(r["late_spikes"]) for r in rows], float(rows[0]["step_us"]) * 1e-6


SOURCES = {
    "Abeta0": ("abeta_centre", 1, ()),
    "Adelta15": ("adelta", 1, ()),
    "C45": ("c", 1, ()),
    "C45_NK1only": ("c", 1, ("nk1_projection",)),
    "SG": ("inhibitory_local", 1, ()),
    "SGSCS": ("inhibitory_surround", 1, ()),
    "EX": ("excitatory", 1, ()),
    "all15Abeta": ("abeta_centre", 15, ()),
    "all15Abeta_surround": ("abeta_surround", 15, ()),
}
"""Sources of ``zhang_psp.csv``: afferent or population, number of fibres, receptors."""


def steps_of(cell):
    """Return golden rows and simulated current steps of a cell of Zhang 2014."""
    rows = [r for r in golden("zhang_fI.csv") if r["cell"] == cell]
    amplitudes = [float(r["amp_nA"]) * 1e-9 for r in rows]
    return rows, current_steps(load_circuit("zhang2014"), CELLS[cell], amplitudes)


def potential_of(row):
    """Return the simulated potential of a row of ``zhang_psp.csv``."""
    source, fibres, receptors = SOURCES[row["source"]]
    found = synaptic_potential(
        load_circuit("zhang2014"), source, CELLS[row["target"]],
        fibres=(1, fibres), receptors=receptors, duration=0.22,
    )  # fmt: skip
    return found.isel(fibres=1)


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table in Markdown."""
    print(f"\n**{title}**\n\n| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |", flush=True)


def _mean(values):
    return f"{np.mean(values):.4g} ({np.min(values):.4g}-{np.max(values):.4g})"


def _ends(runs):
    """Return the mean and range of the first and of the last count."""
    return [_mean([run[0] for run in runs]), _mean([run[-1] for run in runs])]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=4, help="draws of the trains")
    seeds = range(1, parser.parse_args().draws + 1)
    table = []
    for cell in ("SG", "EX", "WDR"):
        rows, found = steps_of(cell)
        for number, row in enumerate(rows):
            one = found.isel(current=number)
            rest = f"{row['v_rest_mV_at_299']} / {1e3 * float(one.rest):.4f}"
            table.append([cell, 1e3 * float(row["amp_nA"]), row["n_spikes"], int(one.spikes), rest])
    show("f-I, 500 ms", ["cell", "pA", "golden", "here", "rest, golden / here [mV]"], table)
    table = []
    for row in golden("zhang_psp.csv"):
        one = potential_of(row)
        soma = one.sel(place="spike_at")
        table.append([
            f"{row['source']} to {row['target']}", row["psp_peak_soma_mV"],
            f"{1e3 * float(soma.peak):.5f}", row["t_peak_soma_ms"],
            f"{1e3 * float(soma.peak_time):.2f}", row["n_spikes"], int(one.spikes),
        ])  # fmt: skip
    header = ["potential", "golden [mV]", "here", "golden peak [ms]", "here", "spikes", "here"]
    show("Potentials at the soma", header, table)
    wanted = [int(r["WDR_n"]) for r in golden("zhang_windup_1hz.csv")]
    found = np.array([windup(s) for s in seeds])
    rows = [[k + 1, wanted[k], _mean(found[:, k])] for k in range(20)]
    show("Zhang, wind-up at 1 Hz, WDR spikes", ["volley", "golden", "here"], rows)
    for rate in (0.2, 0.5, 2):
        print(f"wind-up at {rate} Hz: {windup(1, rate=rate, count=8)}", flush=True)
    for block in ("nmda_block", "nk1_block"):
        print(f"{block}: {windup(1, count=8, conditions=('no_surround', block))}", flush=True)
    wanted = [int(r["WDR_n"]) for r in golden("zhang_foreman_psth.csv")]
    found = np.array([foreman(s) for s in seeds])
    rows = [[f"{10 * k}", wanted[k], _mean(found[:, k])] for k in range(8, 22)]
    show("Zhang, single SCS pulses at 100 ms, WDR spikes", ["bin [ms]", "golden", "here"], rows)
    rows = []
    for row in golden("zhang_scs_sweep_naive_both_all.csv"):
        frequency = float(row["freq_hz"])
        found = [scs(s, frequency) for s in seeds]
        line = [f"{frequency:g}", row["WDR_rate_hz"], _mean([f["projection"] for f in found])]
        for cell in ("EX", "SG", "SGSCS"):
            line += [float(row[f"{cell}_n_1_5s"]) / 4, _mean([f[CELLS[cell]] for f in found])]
        rows.append(line)
    header = ["Hz", "WDR golden", "here"]
    for cell in ("EX", "SG", "SGSCS"):
        header += [f"{cell} golden", "here"]
    show("Zhang, SCS, rates [Hz]", header, rows)
    rows = []
    for title, change in (
        ("local alone", {"where": ("abeta_centre",)}),
        ("surround alone", {"where": ("abeta_surround",)}),
        ("reduced_gaba", {"conditions": ("reduced_gaba",)}),
        ("reduced_gaba_input", {"conditions": ("reduced_gaba_input",)}),
        ("chloride_shift", {"conditions": ("chloride_shift",)}),
    ):
        rates = [
            np.mean([scs(s, f, **change)["projection"] for s in seeds]) for f in (0, 10, 50, 100)
        ]
        rows.append([title, *(f"{r:.1f}" for r in rates)])
    show("Zhang, SCS in other conditions, WDR [Hz]", ["", "0", "10", "50", "100 Hz"], rows)
    rows = [
        [f"{1e3 * lag:g}", *np.sum([conditioned(s, lag) for s in seeds], axis=0)]
        for lag in (0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14)
    ]
    header = ["lag [ms]", "one volley", "with the second A volley"]
    show("Zhang, spikes 40-80 ms after the second volley", header, rows)
    wanted = golden("aguiar_windup_1hz.csv")
    found = [aguiar(s) for s in seeds]
    rows = [
        [
            k + 1,
            w["WDR_n"],
            _mean([f[0][k] for f in found]),
            w["interneuron_n"],
            _mean([f[1][k] for f in found]),
        ]
        for k, w in enumerate(wanted)
    ]
    show(
        "Aguiar, wind-up at 1 Hz, spikes",
        ["volley", "WDR golden", "here", "IN golden", "here"],
        rows,
    )
    rows = []
    for (rate, block), settings in AGUIAR_OTHER.items():
        wanted, _ = aguiar_other(rate, block)
        line = [f"{rate:g} Hz" + (f", no {block}" if block else ""), *_ends([wanted])]
        for step in (25e-6, 12.5e-6):
            line += _ends([aguiar(s, since=0.1, dt=step, **settings)[0] for s in seeds])
        rows.append(line)
    header = ["", "golden, 1st", "15th", "25 us, 1st", "15th", "12.5 us, 1st", "15th"]
    show("Aguiar, spikes later than 100 ms", header, rows)


if __name__ == "__main__":
    main()
