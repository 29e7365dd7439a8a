"""How far tables are from the solver: random fibres of the devices, solved in their fields."""

from dataclasses import replace

import numpy as np

from gatecontrol.devices.excitability import reference
from gatecontrol.fibres.axon import fibre_model
from gatecontrol.fibres.bundle import Bundle, Grid, reach_of
from gatecontrol.fibres.c_table import SOLVED
from gatecontrol.fibres.excitation import threshold
from gatecontrol.fibres.threshold_table import from_point_sources
from gatecontrol.plugins import load_plugin
from gatecontrol.preparations import load_preparation

FIBRES = 24
"""Solved for each class and course of a device."""
DEVICES = ("scs", "drg", "pns", "tens", "dbs")
NEAR = (1.0e-3, 1.5e-3)
"""Distances of C fibres from the lead's axis [m]."""
C_FIBRES = 4
"""Solved with each model."""
CEILING = 0.1
"""Highest amplitude tried on C fibres [A]."""
LONGER = 2.0
"""Length of the solved fibres in lengths that the tables take: the cut ends are part of the error
(a C fibre of the tables' length ends beside the anode and is excited there)."""


def _bundle(device, preparation, table, course):
    """Return what acts on the fibres of a table, as the reference has it."""
    kind = device.generator.kinds()[0]
    electrodes = tuple(tuple(c) for c in device.channels(preparation))
    return Bundle(
        table.model, device.conductor(preparation),
        tuple(electrodes[c] for c in kind.channels), kind.pulse, table.ceiling,
        device.courses(preparation)[course],
    )  # fmt: skip


def _solved(bundle, place, precision, longer=1.0):
    """Return the threshold [A] of one fibre from the solver, of a fibre so much longer."""
    diameter, y, z, offset = (float(v) for v in place)
    axon = fibre_model(bundle.model).axon(diameter, longer * reach_of(bundle.contacts, y, z))
    return threshold(
        axon, bundle.potential(axon, y, z, offset), bundle.pulse,
        ceiling=bundle.ceiling, precision=precision,
    )  # fmt: skip


def _references():
    human = load_preparation("human")
    for kind in DEVICES:
        device = load_plugin("devices", kind).from_config({"amplitude": "1 mA"})
        yield device, human, reference(device, human)


def interpolation_rows():
    """Return the error of interpolated thresholds of myelinated fibres, as a table."""
    rng = np.random.default_rng(3)
    lines = [
        "| device | fibres | course | table of | mean error | mean of its size | largest |",
        "|---|---|---|---|---|---|---|",
    ]
    for device, human, found in _references():
        tables = found.excitability
        low, _ = tables.windows(found.fibres, found.sites)
        for group, mask in tables.groups(found.fibres, found.sites):
            fibre_class, course = group
            if fibre_class == "c":
                continue
            table = next(iter(tables.tables[group][0].values()))
            ends = fibre_model(table.model).diameters
            good = mask & np.isfinite(low)
            good &= (found.sites.diameter >= ends[0]) & (found.sites.diameter <= ends[1])
            rows = np.flatnonzero(good)
            errors = []
            for row in rng.choice(rows, min(FIBRES, rows.size), replace=False):
                place = [v[row] for v in found.sites.place]
                bundle = _bundle(device, human, table, course)
                solved = _solved(bundle, place, 0.002, LONGER)
                errors.append(low[row] / solved - 1)
            error = np.array(errors)
            lines.append(
                f"| {device.kind} | {error.size} {fibre_class} | {course} | {table.low.size} | "
                + f"{error.mean():+.1%} | {np.abs(error).mean():.1%} | {np.abs(error).max():.1%} |"
            )
            print(lines[-1], flush=True)
    return lines


def c_error_rows():
    """Return the error of the like point source for C fibres close to the DRG lead, as a table."""
    human = load_preparation("human")
    device = load_plugin("devices", "drg").from_config({"amplitude": "1 mA"})
    found = reference(device, human)
    sites = found.sites
    distance = np.hypot(sites.position[:, 1], sites.position[:, 2])
    near = (found.fibres.fibre_class[sites.row] == "c") & (distance >= NEAR[0])
    rows = np.flatnonzero(near & (distance <= NEAR[1]))
    lines = [
        "| model | diameter | distance | like point source | solver | error | in the table |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in np.random.default_rng(3).choice(rows, min(C_FIBRES, rows.size), replace=False):
        place = [float(v[row]) for v in sites.place]
        for model in SOLVED:
            table = found.excitability.tables["c", "along"][0][model]
            bundle = replace(_bundle(device, human, table, "along"), ceiling=CEILING)
            at = Grid(*((v,) for v in place[:3]), scale=table.grid.scale)
            like = from_point_sources(bundle, at).low.item()
            solved = _solved(bundle, place, 0.01, LONGER)
            told = float(table.windows(*place)[0][0])
            kept = "none" if np.isinf(told) else f"{1e3 * told:.3g} mA"
            lines.append(
                f"| {model} | {1e6 * place[0]:.2f} um | {1e3 * distance[row]:.2f} mm | "
                + f"{1e3 * like:.3g} mA | {1e3 * solved:.3g} mA | {like / solved - 1:+.0%} | "
                + f"{kept} |"
            )
            print(lines[-1], flush=True)
    return lines
