"""Published circuits: CPU per simulated second in the engine and in NEURON."""

import importlib.util

from benchmarks.measure import in_turn, run_child
from benchmarks.tables import Ratio, Row, Table, column, paired

DURATIONS = {"zhang2014": 2.0, "aguiar2010": 2.0, "medlock2022": 0.5}
"""Circuit -> simulated time [s]."""

QUOTED = {
    "zhang2014": "6.2 as published, 2.6 with merged synapses",
    "aguiar2010": "1.5",
    "medlock2022": "62 to 87",
}
"""The authors' own files in NEURON 9.0.2 on another machine, CPU s per simulated second."""

MISSING = (
    "NEURON: not found (`pip install 'neuron>=9,<10'` beside this package). "
    + "Quoted numbers were measured on another machine."
)
EQUATIONS = (
    "NEURON solves the same equations, compartments and steps, its mechanisms written from the "
    + "same text (`neuron_ports.py`), synapses merged; only its steps count, against the engine's "
    + "whole call. Every fibre fires at 10 Hz."
)


def measure(quick, say):
    """Return the table; a quick one leaves out the large circuit."""
    rounds = 1 if quick else 3
    has_neuron = importlib.util.find_spec("neuron") is not None
    variants = ["port_engine", *(["port_neuron"] if has_neuron else [])]
    rows, ratios = [], []
    for circuit, duration in DURATIONS.items():
        if quick and circuit == "medlock2022":
            continue

        def one(variant, number, circuit=circuit, duration=duration):
            arguments = {"circuit": circuit, "duration": duration / (4 if quick else 1)}
            return run_child(variant, seed=number + 1, **arguments).json()

        found = in_turn(rounds, variants, one, lambda text, c=circuit: say(f"{c}: {text}"))
        quoted = f"; authors' files, quoted: {QUOTED[circuit]}"
        for variant, title in (("port_engine", "engine: whole call"), ("port_neuron", "NEURON")):
            if variant in found:
                results = found[variant]
                numbers = {"cpu": column(results, "cpu")}
                spikes = ", ".join(f"{r['spikes']} ({r['output']})" for r in results)
                note = f"spikes (of the output) by round: {spikes}"
                if variant == variants[-1]:
                    note += quoted
                rows.append(Row(f"{circuit}: {title}", numbers, note))
        if has_neuron:
            values = paired(*(column(found[v], "cpu") for v in reversed(variants)))
            ratios.append(Ratio(f"NEURON / engine's whole call, CPU, {circuit}", values, 1.0))
    title = "One simulated second of a published circuit"
    remarks = (EQUATIONS,) if has_neuron else (MISSING,)
    return [Table("ports", title, {"cpu": "CPU s"}, rows, ratios, remarks)]
