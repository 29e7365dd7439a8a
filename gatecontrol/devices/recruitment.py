"""From a programme to spikes at the dorsal-horn terminals, with their record."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.devices.base import Dose, PulsedDevice
from gatecontrol.devices.dose import (
    PERCEPTION_CRITERION,
    dose,
    reference_thresholds,
    site_thresholds,
)
from gatecontrol.devices.safety import safety_report
from gatecontrol.devices.sites import Sites
from gatecontrol.devices.trains import THRESHOLD_NOISE, follow
from gatecontrol.fibres.classes import FIBRE_CLASSES
from gatecontrol.fibres.drive import DEVICE, AfferentDrive
from gatecontrol.fibres.population import FibreTable
from gatecontrol.fibres.threshold import FITTED_DIAMETERS, law_constants
from gatecontrol.seeds import stream
from gatecontrol.units import format_quantity

if TYPE_CHECKING:
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
    generator, amplitude = device.generator, planned.amplitude
    sites = device.sites(fibres, preparation, stream(seed, "device", device.kind, "sites"))
    threshold = site_thresholds(device, fibres, sites, preparation)
    classes = fibres.fibre_class[sites.row]
    times, scale = generator.pulses(on, off)
    refractory = np.array([device.refractory[c] for c in classes])
    pulse, site = follow(
        times,
        scale * amplitude,
        threshold,
        refractory,
        stream(seed, "device", device.kind, "noise"),
        relative=device.relative_refractory,
    )
    begin = times[pulse] + device.latencies(
        pulse.size, stream(seed, "device", device.kind, "latency")
    )
    row = sites.row[site]
    arrival = begin + np.abs(sites.start[site]) / fibres.velocity[row]
    order = np.lexsort((row, arrival))
    safety = safety_report(generator, amplitude, device.channels(preparation), device.limits)
    recruitment = {c: 0.0 for c in FIBRE_CLASSES if (fibres.fibre_class == c).any()}
    if amplitude > 0:
        for c in recruitment:
            reached = threshold[classes == c]
            recruitment[c] = float(np.mean(reached <= amplitude)) if reached.size else 0.0
    warnings, provenance = _record(
        device, fibres, sites, threshold, planned, preparation, recruitment
    )
    return AfferentDrive(
        fibres=fibres,
        fibre=row[order].astype(np.int32),
        time=arrival[order],
        origin=np.full(order.size, DEVICE, np.int8),
        start=sites.start[site][order],
        recruitment=recruitment,
        report={
            "amplitude": amplitude,
            "perception_threshold": planned.perception_threshold,
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
        warnings=planned.warnings + safety.notes + warnings,
        provenance=provenance,
    )


def _record(
    device: PulsedDevice,
    fibres: FibreTable,
    sites: Sites,
    threshold: NDArray[np.float64],
    planned: Dose,
    preparation: "Preparation",
    recruitment: Mapping[str, float],
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return warnings and provenance of a drive."""
    law = law_constants()["myelinated"]
    classes = fibres.fibre_class[sites.row]
    thin = (classes != "c") & (sites.diameter < FITTED_DIAMETERS[0])
    myelinated = classes != "c"
    used = {
        "threshold law": "linear driving function fitted to the MRG double cable "
        + f"(mean error {law['mean_error']:.1%}, largest {law['largest_error']:.1%} in sample), "
        + "one cathodic pulse; recharge is taken to change nothing",
        "threshold noise": f"{THRESHOLD_NOISE:.0%} from pulse to pulse (assumed)",
        "preparation": preparation.title,
    }
    if device.perceived:
        used["perception threshold"] = (
            f"{PERCEPTION_CRITERION:.0%} of the A-beta fibres in reach, in a reference population "
            + "(assumed criterion)"
        )
    if myelinated.any():
        used["extrapolation"] = (
            f"{thin.sum() / myelinated.sum():.0%} of the myelinated fibres in reach are thinner "
            + f"than {FITTED_DIAMETERS[0] * 1e6:g} um: their thresholds are extrapolated"
        )
    reach = [
        f"{c} {(classes == c).sum()} of {(fibres.fibre_class == c).sum()}"
        for c in recruitment
        if (classes == c).any()
    ]
    used["fibres in reach"] = ", ".join(reach)
    if (classes == "c").any():
        shares = [
            np.mean(reference_thresholds(device, preparation, model=m)["c"] <= planned.amplitude)
            for m in ("lowest", "highest")
        ]
        used["C fibres"] = (
            f"lowest threshold {format_quantity(float(threshold[classes == 'c'].min()), 'current')}"
            + " (geometric mean of five models; extrapolated beyond 2 mm); recruited share of the "
            + f"reference population by the most and the least excitable model {shares[0]:.2g} "
            + f"and {shares[1]:.2g}"
        )
    warnings = []
    if device.generator.peak_rate > 500:
        warnings.append(
            f"W043: pulses at {device.generator.peak_rate:g} Hz: the train rule (refractory "
            + "period and recovery) is rough above 500 Hz"
        )
    recruited = threshold <= planned.amplitude
    if planned.amplitude and (thin & recruited).sum() > 0.5 * max(1, recruited.sum()):
        warnings.append(
            "W044: most recruited fibres are thinner than 5.7 um, where the threshold law is "
            + "extrapolated"
        )
    return tuple(warnings), {**used, **device.notes}
