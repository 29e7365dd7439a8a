"""The fused model: one equation set for all cells, receptors as data.

Adaptive leaky integrate-and-fire cells with conductance (or current) synapses. Every number is a
parameter fed at run time, so changing a value never compiles anything.
"""

from gatecontrol.circuits.model import CELL_PARAMETERS, EXCITATORY, RECEPTORS

__all__ = ["RECIPROCALS", "RESET", "cell_equations", "on_event", "step_code", "synapse_equations"]

_BRIAN_UNITS = {
    "number": "1",
    "capacitance": "farad",
    "conductance": "siemens",
    "voltage": "volt",
    "time": "second",
    "current": "amp",
}

RECIPROCALS = {"capacitance": "elastance", "adaptation_time": "adaptation_rate"}
"""Cell parameters that the engine takes as one over their value, and the name of that."""

RESET = "v = reset\nadaptation += adaptation_jump\nfree_from = t + refractory_period - dt/2"
"""What a spike does to its cell; half a step keeps rounding out of the comparison.

A cell that spikes at ``t`` integrates again in the step at ``t + refractory_period``, as in Brian2.
"""


def cell_equations(*, losing: bool = False) -> str:
    """Return the Brian2 variables of a cell; ``decay_`` and ``rise_`` are rates (1/s).

    Parameters
    ----------
    losing : bool, optional
        Whether any cell loses the events that arrive while it is refractory; ``loses_inputs``
        is 1 for these, else 0.

    Notes
    -----
    What all cells share (the constants of the receptors) is one number each: arrays of equal
    numbers would be read from memory in every step.
    """
    lines = ["v : volt", "adaptation : amp", "free_from : second", "ltd_level : 1"]
    for name, form in RECEPTORS.items():
        unit = "1" if form.intrinsic else _BRIAN_UNITS[form.weight]
        lines += [f"{name}_d : {unit}", f"decay_{name} : hertz (shared, constant)"]
        if form.dual:
            lines += [f"{name}_r : {unit}", f"rise_{name} : hertz (shared, constant)"]
        if form.conductance:
            lines.append(f"reversal_{name} : volt (shared, constant)")
        for key, dimension in form.numbers.items():
            shared = _BRIAN_UNITS[dimension]
            lines.append(f"{key}_{name} : {shared} (shared, constant)")
    for name, dimension in CELL_PARAMETERS.items():
        unit = _BRIAN_UNITS[dimension]
        rate = RECIPROCALS.get(name)  # the membrane equation multiplies: it costs far less
        fed = f"{rate} : 1/{unit}" if rate else f"{name} : {unit}"
        lines.append(f"{fed} (constant)")
    lines += ["loses_inputs : 1 (constant)"] if losing else []
    return "\n".join(lines)


def step_code(receptors: tuple[str, ...], prefix: str) -> str:
    """Return the code of one forward Euler step of cells with some receptors.

    Parameters
    ----------
    receptors : tuple of str
        Receptors that any of the cells receives; what the others would add is nothing.
    prefix : str
        Of the names of passing values, which are not to clash with those of other cells.

    Notes
    -----
    A cell does not integrate from a spike until ``free_from``: Brian2's own refractoriness
    compares time steps as integers, which keeps compilers from vectorising the loop.
    """
    currents, states = ["leak_conductance*(leak_reversal - v) - adaptation + bias"], []
    opened = {}
    for name in receptors:
        form = RECEPTORS[name]
        if form.intrinsic:  # calcium, in multiples of half activation, opens a cation current
            current = f"can_conductance*can_d*can_d/(1 + can_d*can_d)*(reversal_{name} - v)"
            currents.append(current)
            states.append(f"can_d += dt*decay_can*({opened['nmda']}/half_can - can_d)")
            continue
        if name == "ltd":
            beyond = f"{prefix}beyond"
            states += [
                f"{beyond} = (ltd_d/half_ltd)*(ltd_d/half_ltd)",
                f"{beyond} = {beyond}*{beyond}/(1 + {beyond}*{beyond})",
                f"ltd_level += dt*({beyond}*(ceiling_ltd - ltd_level)/build_up_ltd"
                + " - ltd_level/fade_ltd)",
            ]
        states.append(f"{name}_d = {name}_d*(1 - dt*decay_{name})")
        open_ = f"{name}_d"
        if form.dual:
            states.append(f"{name}_r = {name}_r*(1 - dt*rise_{name})")
            open_ = f"({name}_d - {name}_r)"
        if form.magnesium:
            # Jahr and Stevens 1990: 1 / (1 + [Mg]/3.57 mM exp(-0.062 v/mV)), [Mg] = 1 mM
            open_ += "/(1 + exponential(-62*v/volt)/3.57)"
        opened[name] = open_
        if form.conductance:
            currents.append(f"{open_}*(reversal_{name} - v)")
        if form.current:
            currents.append(open_ if name in EXCITATORY else f"(-{open_})")
    moved = f"{prefix}moved"
    return "\n".join([
        f"{moved} = v + dt*later(t, free_from)*elastance*({' + '.join(currents)})",
        "adaptation += dt*adaptation_rate"
        + "*(adaptation_conductance*(v - leak_reversal) - adaptation)",
        *states,
        f"v = {moved}",
    ])


def synapse_equations(receptors: tuple[str, ...], *, gated: bool, depressing: bool) -> str:
    """Return the Brian2 model of the synapses of one family.

    Parameters
    ----------
    receptors : tuple of str
        Receptors of the family; each has a weight ``w_<receptor>`` (already multiplied by
        the peak normalisation of a dual exponential).
    gated : bool
        Whether presynaptic inhibition acts on any of its pathways.
    depressing : bool
        Whether its pathways have short-term depression.
    """
    units = {r: _BRIAN_UNITS[RECEPTORS[r].weight] for r in receptors}
    lines = [f"w_{r} : {unit} (constant)" for r, unit in units.items()]
    lines += ["gate : 1 (constant)"] if gated else []
    if depressing:
        lines += ["use : 1 (constant)", "recovery : second (constant)"]
        lines += ["crowding : 1 (constant)", "failure_time : second (constant)"]
        lines += ["resource : 1", "load : 1", "last_event : second"]
    return "\n".join(lines)


def on_event(
    receptors: tuple[str, ...], *, gated: bool, depressing: bool, losing: bool = False
) -> str:
    """Return the code that one synaptic event runs.

    Parameters
    ----------
    receptors, gated, depressing
        As `synapse_equations`.
    losing : bool, optional
        As `cell_equations`.

    Notes
    -----
    ``resource`` is the share of transmitter available (Tsodyks and Markram 1997), recovered
    since the last event. Presynaptic inhibition divides the release by ``1 + presynaptic`` of
    the glomerulus that the terminal belongs to, here the target cell (assumed: one glomerulus
    a cell); long-term depression takes away its share. ``load`` is the number of spikes within
    ``failure_time``: the share of collaterals that a spike reaches falls with its fourth power
    (assumed), to a half at the rate ``1 / (crowding * failure_time)``.

    Events run after the membrane has moved and before the reset. So a cell that fires at ``t``
    is above its threshold when those of ``t`` come, which are the first after its spike:
    a refractory period loses as many steps of them as it is long. What acts on the terminals
    and not on the membrane is not lost.
    """
    available = "resource/(1 + crowded*crowded*crowded*crowded)" if depressing else "1"
    gate = "*(1 - gate*ltd_level_post)/(1 + gate*presynaptic_d_post)" if gated else ""
    lines = [f"release = {available}{gate}"]
    if depressing:
        lines = [
            "resource = 1 - (1 - resource)*exponential(-(t - last_event)/recovery)",
            "load = load*exponential(-(t - last_event)/failure_time)",
            "crowded = crowding*load",
            *lines,
            "resource = resource*(1 - use)",
            "load = load + 1",
            "last_event = t",
        ]
    if losing:
        lines += [
            "refractory = int(t < free_from_post"
            + " or (v_post > threshold_post and refractory_period_post > dt/2))",
            "taken = release*(1 - loses_inputs_post*refractory)",
        ]
    for name in receptors:
        form = RECEPTORS[name]
        share = "taken" if losing and (form.conductance or form.current) else "release"
        lines.append(f"{name}_d_post += w_{name}*{share}")
        if form.dual:
            lines.append(f"{name}_r_post += w_{name}*{share}")
    return "\n".join(lines)
