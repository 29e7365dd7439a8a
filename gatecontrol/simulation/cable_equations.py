"""From channels as text to the code of one time step, and the equations of ports.

Raw SI floats within; the kinetics of a channel are in millivolts and milliseconds.
"""

from gatecontrol.circuits.channels import Channel, rename
from gatecontrol.simulation.cable_structure import Batch, CableStructure, Zone

__all__ = ["batch_equations", "port_code", "port_equations", "zone_code"]

VOLTAGE_STEP = 1e-3
"""Step for the slope of a current that is given as text [mV], as in NEURON."""


def batch_equations(batch: Batch) -> str:
    """Return the Brian2 variables of the compartments of a batch.

    The solver (`gatecontrol.simulation.cable_solver`) advances all of them; none is a
    differential equation to Brian2. They are dimensionless there, SI (calcium: mM) by
    convention.
    """
    lines = [f"{name} : 1" for name in batch.states()]
    lines += [f"{name} : 1 (constant)" for name in batch.constants()]
    lines += ["diagonal : 1", "inflow : 1"]
    return "\n".join([*lines, *(["calcium_inflow : 1"] if batch.pool else [])])


def zone_code(batch: Batch, zone: Zone, prefix: str) -> str:
    """Return the code that advances the gates and collects the membrane's part of the cable.

    Parameters
    ----------
    batch : Batch
    zone : Zone
    prefix : str
        Of the local variables, which differ between zones.

    Notes
    -----
    Gates relax exponentially at the voltage of the last step (exponential Euler). Their new
    values give the membrane current as ``diagonal * v - inflow``, linear in the voltage to
    come; a current given as text is linearised at the old voltage.
    """
    known = {c.name: c for c in batch.channels}
    chosen = [known[name] for name in zone.channels]
    lines = [f"{prefix}v = 1000.0*v", f"{prefix}dt = 1000.0*dt"]
    conductance, inflow = ["capacitance/dt", "leak"], ["capacitance/dt*v", "leak*leak_reversal"]
    calcium = ["calcium_inflow"]
    for channel in chosen:
        local = f"{prefix}{channel.name}_"
        lines += _gate_lines(channel, prefix, local)
        opened = "*".join(f"{channel.name}_{g.name}" for g in channel.gates for _ in range(g.power))
        lines.append(f"{local}g = {'*'.join(filter(None, [f'{channel.name}_strength', opened]))}")
        if channel.current:
            lines += _slope_lines(channel, prefix, local)
            conductance.append(f"{local}slope")
            inflow.append(f"({local}slope*v - {local}i)")
            current = f"{local}i"
        else:
            conductance.append(f"{local}g")
            inflow.append(f"{local}g*{channel.name}_reversal")
            current = f"{local}g*(v - {channel.name}_reversal)"
        if channel.calcium:
            calcium.append(f"(-({current}))")
    if zone.pool:
        # a shell at calcium_gain mM/s per ampere; outward current does not empty it
        lines += [
            f"{prefix}full = calcium_rest + maximum({' + '.join(calcium)}, 0.0)"
            + "*calcium_gain/calcium_rate",
            f"calcium = {prefix}full + (calcium - {prefix}full)*exp(-dt*calcium_rate)",
        ]
    lines += [f"diagonal = {' + '.join(conductance)}", f"inflow = {' + '.join(inflow)}"]
    return "\n".join(lines)


def _local_names(channel: Channel, prefix: str, local: str) -> dict[str, str]:
    """Return what the names in a channel's text stand for."""
    names = {"v": f"{prefix}v", "cai": "calcium"}
    names |= {p: f"{channel.name}_{p}" for p, _ in channel.parameters}
    return names | {d: f"{local}{d}" for d, _ in channel.definitions}


def _gate_lines(channel: Channel, prefix: str, local: str) -> list[str]:
    names = _local_names(channel, prefix, local)
    lines = [f"{local}{name} = {rename(text, names)}" for name, text in channel.definitions]
    for gate in channel.gates:
        state, own = f"{channel.name}_{gate.name}", f"{local}{gate.name}_"
        if gate.alpha:
            lines += [
                f"{own}alpha = {rename(gate.alpha, names)}",
                f"{own}rate = {own}alpha + {rename(gate.beta, names)}",
                f"{own}steady = {own}alpha/{own}rate",
            ]
        else:
            lines += [
                f"{own}rate = 1.0/({rename(gate.tau, names)})",
                f"{own}steady = {rename(gate.steady, names)}",
            ]
        lines.append(f"{state} = {own}steady + ({state} - {own}steady)*exp(-{prefix}dt*{own}rate)")
    return lines


def _slope_lines(channel: Channel, prefix: str, local: str) -> list[str]:
    """Return code for a current given as text [A] and its slope [S]."""
    names = _local_names(channel, prefix, local)
    ahead = names | {"v": f"{local}v_ahead"}
    ahead |= {d: f"{local}{d}_ahead" for d, _ in channel.definitions}
    scale = 1e3 / VOLTAGE_STEP  # per millivolt to per volt
    return [
        f"{local}v_ahead = {prefix}v + {VOLTAGE_STEP}",
        *(f"{ahead[name]} = {rename(text, ahead)}" for name, text in channel.definitions),
        f"{local}drive = {rename(channel.current, names)}",
        f"{local}i = {local}g*{local}drive",
        f"{local}slope = {local}g*({rename(channel.current, ahead)} - {local}drive)*{scale}",
    ]


def port_equations(structure: CableStructure) -> str:
    """Return the Brian2 variables of a port: receptors and an electrode."""
    lines = ["v : volt", "conductance : siemens", "current : amp"]
    lines += ["calcium_inflow : amp"] if structure.calcium else []
    lines += ["step_amplitude : amp (constant)"]
    lines += [f"step_{edge} : second (constant)" for edge in ("start", "stop")]
    for kind in structure.receptors:
        lines += [f"{kind.name}_d : siemens", f"{kind.name}_decay : 1 (constant)"]
        if kind.dual:
            lines += [f"{kind.name}_r : siemens", f"{kind.name}_rise : 1 (constant)"]
        lines.append(f"{kind.name}_reversal : volt (constant)")
        lines += [f"{kind.name}_magnesium : 1 (constant)"] if kind.magnesium else []
        lines += [f"{kind.name}_calcium : 1 (constant)"] if kind.calcium else []
    return "\n".join(lines)


def port_code(structure: CableStructure) -> str:
    """Return the code of one step of the ports.

    ``<receptor>_decay`` and ``<receptor>_rise`` are the factors by which one step shrinks
    the two exponentials.
    """
    lines, conductance, current, calcium = [], [], [], []
    for kind in structure.receptors:
        name, opened = kind.name, f"{kind.name}_d"
        lines.append(f"{name}_d = {name}_d*{name}_decay")
        if kind.dual:
            lines.append(f"{name}_r = {name}_r*{name}_rise")
            opened = f"({name}_d - {name}_r)"
        if kind.magnesium:
            # Jahr and Stevens 1990
            opened += f"/(1 + exp(-62*v/volt)*{name}_magnesium/3.57)"
        lines.append(f"{name}_g = {opened}")
        conductance.append(f"{name}_g")
        current.append(f"{name}_g*{name}_reversal")
        if kind.calcium:
            calcium.append(f"{name}_calcium*{name}_g*({name}_reversal - v)")
    current.append("int(t > step_start - dt/2)*int(t < step_stop - dt/2)*step_amplitude")
    lines.append(f"conductance = {' + '.join(conductance) or '0*siemens'}")
    lines.append(f"current = {' + '.join(current)}")
    return "\n".join([*lines, *([f"calcium_inflow = {' + '.join(calcium)}"] if calcium else [])])
