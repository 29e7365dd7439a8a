"""The compiler that the engine needs; Brian2's SpatialNeuron, the reference for cable cells."""

import numpy as np
import pytest

from gatecontrol.simulation import compiler


@pytest.fixture(scope="module")
def needs_compiler():
    assert compiler.find_compiler() is not None, "these tests need a C++ compiler"


@pytest.fixture(scope="session")
def spatial_neuron():
    """Return `run_spatial_neuron`."""
    return run_spatial_neuron


def run_spatial_neuron(cell, amplitude, duration, dt, receptor, events=()):
    """Return voltages [V] of (compartments, steps) from SpatialNeuron, by section.

    The current goes into the root's middle; events are of the receptor with 2 nS and 1 ms delay
    at 0.9 of the first section.
    """
    import brian2 as b2

    root, parts = None, {}
    for section in cell.sections:
        cylinder = b2.Cylinder(
            n=section.compartments,
            length=section.length * b2.meter,
            diameter=section.diameter * b2.meter,
        )
        parts[section.name] = cylinder
        if section.parent:
            setattr(parts[section.parent], section.name, cylinder)
        else:
            root = cylinder
    norm = receptor.peak_norm()
    equations = f"""
    Im = gl*(el - v) + gna*m**3*h*(50*mV - v) + gk*n**4*(-77*mV - v) : amp/meter**2
    Is = (decay - rise)*(0*mV - v) + step : amp (point current)
    ddecay/dt = -decay/({receptor.decay}*second) : siemens
    drise/dt = -rise/({receptor.rise}*second) : siemens
    dm/dt = am*(1 - m) - bm*m : 1
    dh/dt = ah*(1 - h) - bh*h : 1
    dn/dt = an*(1 - n) - bn*n : 1
    am = 1/exprel(-(v/mV + 40)/10)/ms : Hz
    bm = 4*exp(-(v/mV + 65)/18)/ms : Hz
    ah = 0.07*exp(-(v/mV + 65)/20)/ms : Hz
    bh = 1/(1 + exp(-(v/mV + 35)/10))/ms : Hz
    an = 0.1/exprel(-(v/mV + 55)/10)/ms : Hz
    bn = 0.125*exp(-(v/mV + 65)/80)/ms : Hz
    gl : siemens/meter**2 (constant)
    el : volt (constant)
    gna : siemens/meter**2 (constant)
    gk : siemens/meter**2 (constant)
    step : amp (constant)
    """
    first = cell.sections[0]
    b2.set_device("runtime")
    before = b2.prefs.codegen.target
    b2.prefs.codegen.target = "numpy"
    b2.defaultclock.dt = dt * b2.second
    try:
        neuron = b2.SpatialNeuron(
            root,
            equations,
            method="exponential_euler",
            Cm=first.capacitance * b2.farad / b2.meter**2,
            Ri=first.resistivity * b2.ohm * b2.meter,
        )
        for section in cell.sections:
            at = parts[section.name].indices[:]
            neuron.gl_[at] = section.leak_conductance
            neuron.el_[at] = section.leak_reversal
            for name, channel in (("gna", "hh_na"), ("gk", "hh_k")):
                if channel in section.channels:
                    getattr(neuron, f"{name}_")[at] = section.channels[channel].density
        neuron.v_ = -65e-3
        for gate in "mhn":
            setattr(neuron, gate, f"a{gate}/(a{gate} + b{gate})")
        neuron.step_[root.indices[:][int(0.5 * first.compartments)]] = amplitude
        source = b2.SpikeGeneratorGroup(1, [0] * len(events), list(events) * b2.second)
        synapse = b2.Synapses(
            source, neuron, on_pre=f"decay += 2*nS*{norm}\nrise += 2*nS*{norm}", delay=1 * b2.ms
        )
        synapse.connect(i=0, j=int(root.indices[:][int(0.9 * first.compartments)]))
        monitor = b2.StateMonitor(neuron, "v", record=True, when="end")
        b2.Network(neuron, source, synapse, monitor).run(duration * b2.second, namespace={})
    finally:
        b2.prefs.codegen.target = before
    return {name: np.asarray(monitor.v)[part.indices[:]] for name, part in parts.items()}
