"""From a programme to spikes at the dorsal-horn terminals, with their record."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.devices.base import Dose, PulsedDevice
from gatecontrol.devices.dose import (
    DISCOMFORT_CRITERIA,
    MOTOR_CRITERION,
    PERCEPTION_CRITERION,
    dose,
)
from gatecontrol.devices.excitability import Excitability, Reference, reference
from gatecontrol.devices.generator.kinds import level_of, width_levels
from gatecontrol.devices.safety import safety_report
from gatecontrol.devices.sites import Sites
from gatecontrol.devices.trains import THRESHOLD_NOISE, follow
from gatecontrol.fibres.classes import FIBRE_CLASSES
from gatecontrol.fibres.drive import DEVICE, AfferentDrive
from gatecontrol.fibres.population import FibreTable
from gatecontrol.seeds import stream
from gatecontrol.units import format_quantity

if TYPE_CHECKING:
    from gatecontrol.devices.generator.patterns import PulseTrain
    from gatecontrol.preparations import Preparation

__all__ = ["evoke"]


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
    given = device.given(train, amplitude, found, preparation, seed)
    pulse, site = follow(
        train.times,
        given,
        low,
        high,
        level,
        np.array([device.refractory[c] for c in classes]),
        stream(seed, "device", device.kind, "noise"),
        relative=device.relative_refractory,
    )
    heard = ~np.isin(classes, device.silenced())[site]
    pulse, site = pulse[heard], site[heard]
    ratio = given[pulse] / low[level[pulse], site]
    begin = train.times[pulse] + found.excitability.latencies(fibres, sites, site, ratio)
    begin += device.relay(pulse.size, stream(seed, "device", device.kind, "latency"))
    row = sites.row[site]
    arrival = begin + np.abs(sites.start[site]) / fibres.velocity[row]
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
        warnings=planned.warnings + safety.notes + _warnings(device),
        provenance=_provenance(device, fibres, sites, planned, found, preparation),
    )


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
    low, high = (
        np.exp((1 - weight) * np.log(w[first]) + weight * np.log(w[first + 1])) for w in (low, high)
    )
    return low, high, level_of(device.generator, train, levels)


def _warnings(device: PulsedDevice) -> tuple[str, ...]:
    if device.generator.peak_rate > 500:
        return (
            f"W043: pulses at {device.generator.peak_rate:g} Hz: the train rule (refractory "
            + "period and recovery) is rough above 500 Hz",
        )
    return ()


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
        "threshold noise": f"{THRESHOLD_NOISE:.0%} from pulse to pulse (assumed)",
        "preparation": preparation.title,
    }
    if device.perceived:
        used["perception threshold"] = (
            f"{PERCEPTION_CRITERION:.0%} of the A-beta fibres in reach, in a reference population "
            + "(assumed criterion)"
        )
        parts = [f"{share:.0%} of the {c} fibres" for c, share in DISCOMFORT_CRITERIA.items()]
        used["discomfort threshold"] = f"{' or '.join(parts)} in reach (assumed criterion)"
    if not np.isnan(planned.landmarks["motor"]):
        used["motor threshold"] = f"{MOTOR_CRITERION:.0%} of the A-alpha fibres in reach (assumed)"
    reach = [
        f"{c} {(classes == c).sum()} of {(fibres.fibre_class == c).sum()}"
        for c in FIBRE_CLASSES
        if (classes == c).any()
    ]
    used["fibres in reach"] = ", ".join(reach)
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
