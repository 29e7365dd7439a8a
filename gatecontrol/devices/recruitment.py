"""From a programme to spikes at the dorsal-horn terminals, with their record."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.devices.base import Dose
from gatecontrol.devices.dose import (
    MOTOR_CRITERION,
    PERCEPTION_CRITERION,
    dose,
)
from gatecontrol.devices.excitability import Excitability, Reference, reference
from gatecontrol.devices.generator.kinds import level_of, width_levels
from gatecontrol.devices.pulsed import PulsedDevice
from gatecontrol.devices.safety import safety_report
from gatecontrol.devices.sites import Sites
from gatecontrol.fibres.activity import conduct
from gatecontrol.fibres.classes import FIBRE_CLASSES
from gatecontrol.fibres.drive import DEVICE, AfferentDrive
from gatecontrol.fibres.population import FibreTable
from gatecontrol.fibres.train_rule import JITTER, follow
from gatecontrol.seeds import stream
from gatecontrol.units import format_quantity

if TYPE_CHECKING:
    from gatecontrol.devices.generator.patterns import PulseTrain
    from gatecontrol.preparations import Preparation

__all__ = ["SUPERNORMALITY", "evoke"]

SUPERNORMALITY = 1.0
"""Share of the cable model's supernormality that fibres are given (assumed); the model has more
than human nerve."""


def evoke(
    device: PulsedDevice,
    fibres: FibreTable,
    preparation: "Preparation",
    seed: int,
    on: float,
    off: float,
) -> AfferentDrive:
    """Return the spikes that a pulsed device evokes; see `gatecontrol.devices.Device.drive`."""
    planned = dose(device, preparation)
    found = reference(device, preparation)
    generator, amplitude = device.generator, planned.amplitude
    sites = device.sites(fibres, preparation, stream(seed, "device", device.kind, "sites"))
    train = generator.train(on, off)
    low, high, level = _levels(device, found.excitability, fibres, sites, train)
    classes = fibres.fibre_class[sites.row]
    rng = stream(seed, "device", device.kind, "noise")
    if found.excitability.programmes:
        begin, site = _solved(
            found.excitability, fibres, sites, amplitude / low[0], generator.sessions(on, off)
        )
    else:
        given = device.given(train, amplitude, found, preparation, seed)
        spikes = follow(
            train.times,
            given,
            low,
            sites.diameter,
            rng,
            width=float(train.width.min()) if train.times.size else generator.pulse_width,
            fibre_class=classes,
            channel=level,
            refractory=[device.refractory.get(c, 0.0) for c in classes.tolist()],
            supernormality=SUPERNORMALITY,
        )
        conducted = given[spikes.pulse] <= high[level[spikes.pulse], spikes.fibre]
        pulse, site, ratio = (column[conducted] for column in spikes)
        begin = train.times[pulse] + found.excitability.latencies(fibres, sites, site, ratio)
    heard = ~np.isin(classes, device.silenced())[site]
    begin, site = begin[heard], site[heard]
    begin += device.relay(begin.size, stream(seed, "device", device.kind, "latency"))
    way = np.abs(sites.start[site]) / fibres.velocity[sites.row[site]]
    way, arrives = _used(classes[site], site, begin, way, stream(seed, "device", "use"))
    begin, way, site = begin[arrives], way[arrives], site[arrives]
    row = sites.row[site]
    arrival = begin + way
    order = np.lexsort((row, arrival))
    safety = safety_report(generator, amplitude, device.channels(preparation), device.limits)
    recruitment = {c: 0.0 for c in FIBRE_CLASSES if (fibres.fibre_class == c).any()}
    if amplitude > 0:
        for c in recruitment:
            mine = classes == c
            reached = ((low[:, mine] <= amplitude) & (amplitude <= high[:, mine])).any(0)
            recruitment[c] = float(np.mean(reached)) if reached.size else 0.0
    return AfferentDrive(
        fibres=fibres,
        fibre=row[order].astype(np.int32),
        time=arrival[order],
        origin=np.full(order.size, DEVICE, np.int8),
        start=sites.start[site][order],
        recruitment=recruitment,
        report={
            "amplitude": amplitude,
            "perception_threshold": planned.landmarks["perception"],
            "discomfort_threshold": planned.landmarks["discomfort"],
            "motor_threshold": planned.landmarks["motor"],
            "charge_per_phase": safety.charge_per_phase,
            "charge_density": safety.charge_density,
            "shannon_k": safety.shannon_k,
            "power": safety.power,
            "pulse_rate": generator.mean_rate,
            "voltage": safety.voltage,
            "compliance": safety.compliance,
            "net_charge": safety.net_charge,
            "net_current": safety.net_current,
            "charge_held": safety.charge_held,
            "charge_per_second": safety.charge_per_second,
            "duty_cycle": safety.duty_cycle,
            "energy_per_day": safety.energy_per_day,
        },
        warnings=planned.warnings + safety.notes,
        provenance=_provenance(device, fibres, sites, planned, found, preparation),
        pulses=train.times,
    )


def _solved(
    tables: Excitability,
    fibres: FibreTable,
    sites: Sites,
    ratio: NDArray[np.float64],
    sessions: Sequence[tuple[float, float]],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return time (latency included) and site of a solved programme's spikes, in order."""
    times, places = [np.empty(0)], [np.empty(0, np.int64)]
    for group, which in tables.groups(fibres, sites):
        if group not in tables.programmes:
            continue
        index = np.flatnonzero(which)
        trains = tables.programmes[group].trains
        for begin, end in sessions:
            fibre, time = trains.spikes(sites.diameter[index], ratio[index], end - begin)
            times.append(begin + time)
            places.append(index[fibre])
    time, site = np.concatenate(times), np.concatenate(places)
    order = np.lexsort((site, time))
    return time[order], site[order]


def _used(
    classes: NDArray[np.str_],
    site: NDArray[np.int64],
    begin: NDArray[np.float64],
    way: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return conduction times and which spikes arrive: C fibres slow down and fail with use."""
    arrives = np.ones(site.size, bool)
    thin = np.flatnonzero(classes == "c")
    if thin.size:
        slowing, conducted = conduct(site[thin], begin[thin], rng)
        way = way.copy()
        way[thin] *= 1 + slowing
        arrives[thin] = conducted
    return way, arrives


def _levels(
    device: PulsedDevice,
    tables: Excitability,
    fibres: FibreTable,
    sites: Sites,
    train: "PulseTrain",
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return activation windows (levels, fibres) and the level of each pulse."""
    kinds = device.generator.kinds()
    windows = [tables.windows(fibres, sites, kind) for kind in range(len(kinds))]
    low, high = (np.array([w[side] for w in windows]) for side in (0, 1))
    widths = np.array([kind.width for kind in kinds])
    if device.generator.pattern != "modulated" or len(kinds) == 1:
        return low, high, level_of(device.generator, train, widths[:1])
    levels = width_levels(widths)
    place = np.interp(np.log(levels), np.log(widths), np.arange(len(widths)))
    first = np.minimum(place.astype(int), len(widths) - 2)
    weight = (place - first)[:, None]
    low, high = (_between(w[first], w[first + 1], weight) for w in (low, high))
    return low, high, level_of(device.generator, train, levels)


def _between(
    below: NDArray[np.float64], above: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Interpolate logarithms of amplitudes; an end that counts and is infinite makes all so."""
    beyond = (np.isinf(below) & (weight < 1)) | (np.isinf(above) & (weight > 0))
    first, last = (np.log(np.where(np.isinf(end), 1.0, end)) for end in (below, above))
    return np.where(beyond, np.inf, np.exp((1 - weight) * first + weight * last))


def _provenance(
    device: PulsedDevice,
    fibres: FibreTable,
    sites: Sites,
    planned: Dose,
    found: Reference,
    preparation: "Preparation",
) -> Mapping[str, str]:
    classes = fibres.fibre_class[sites.row]
    used = {
        "thresholds": "double cable of McIntyre, Richardson and Grill 2002 and published C models, "
        + "solved in the device's field on a grid of diameters and places, interpolated between",
        "threshold noise": f"{JITTER:.0%} from pulse to pulse (assumed)",
        "preparation": preparation.title,
    }
    if device.perceived:
        used["perception threshold"] = (
            f"{PERCEPTION_CRITERION:.0%} of the A-beta fibres in reach, in a reference population "
            + "(assumed criterion)"
        )
        parts = [f"{s:.0%} of the {c} fibres ({way})" for (c, way), s in device.unpleasant.items()]
        used["discomfort threshold"] = f"{' or '.join(parts)} (assumed criterion)"
    if not np.isnan(planned.landmarks["motor"]):
        used["motor threshold"] = f"{MOTOR_CRITERION:.0%} of the A-alpha fibres in reach (assumed)"
    reach = [
        f"{c} {(classes == c).sum()} of {(fibres.fibre_class == c).sum()}"
        for c in FIBRE_CLASSES
        if (classes == c).any()
    ]
    used["fibres in reach"] = ", ".join(reach)
    used |= {f"hypothesis: {name}": state for name, state in device.hypotheses().items()}
    if found.c_models:
        used["C fibres"] = _c_fibres(planned.amplitude, found)
    return {**used, **device.notes}


def _c_fibres(amplitude: float, found: Reference) -> str:
    """Return what the models say of C fibres, as a sentence."""
    shares = {m: float(np.mean(t <= amplitude)) for m, t in found.c_models.items()}
    lowest = min(found.c_models, key=lambda m: found.c_models[m][0])
    first = float(found.c_models[lowest][0])
    least = format_quantity(first, "current") if np.isfinite(first) else "beyond the table"
    return (
        "recruited share of the reference population by model: "
        + ", ".join(f"{m} {share:.2g}" for m, share in shares.items())
        + f"; lowest threshold {least} ({lowest}); the spikes follow the geometric mean"
    )
