"""Scores made by hand: every verdict, edges, missing and infinite numbers, a null model."""

import math

from gatecontrol.analysis.report.score import ScoredPhenomenon, ScoredQuantity, ScoreFile

TITLES = {
    "P01": "A single dorsal-column pulse silences, then releases the projection neuron",
    "P02": "Tonic 50 Hz stimulation depresses but does not abolish the C response",
    "P03": "The effect vanishes at A-beta threshold",
    "P04": "The after-effect of cord stimulation lasts minutes",
    "P26": "Order of recruitment <cathode>",
}


def quantity(name="ratio", value=0.6, low=0.5, high=0.7, band=(0.5, 0.91), **more):
    """Return one number; in its band unless told otherwise."""
    settings = {"text": f"{name} after / before", "verdict": "pass", "seeds": 10} | more
    return ScoredQuantity(name=name, value=value, low=low, high=high, band=band, **settings)


def phenomenon(id, verdict="pass", *quantities, **more):
    settings = {
        "title": TITLES[id],
        "depth": "standard",
        "seeds": 10,
        "body": "anaesthetised monkey",
        "strength": "quantitative",
        "discriminates": "a static gain",
        "sources": ("foreman1976", "zhang2014"),
        "notes": ("The first 4 ms are left out.",),
        "protocols": ("single_pulse",),
    } | more
    return ScoredPhenomenon(id=id, verdict=verdict, quantities=quantities, **settings)


def score(circuit="gate", **more):
    """Return the score of a circuit that does a bit of everything."""
    pulse = quantity("half_back", 0.082, 0.068, 0.098, (0.015, 0.1), unit="s", edge=True)
    lasting = quantity(
        "recovery", math.inf, 40.0, math.nan, (300.0, 900.0), unit="s", verdict="fail",
        reason="above what the protocol looks at",
    )  # fmt: skip
    missing = quantity(
        "slope", math.nan, math.nan, math.nan, (None, 0.1), verdict="fail", rule="null",
        reason="it has no value here",
    )  # fmt: skip
    far = quantity("ratio", 40.0, 38.0, 43.0, (0.9, 1.1), verdict="fail")
    order = quantity("dr", 2.6, 2.6, 2.6, (2.0, 4.0), seeds=0)
    settings = {
        "title": "Gate circuit of the dorsal horn",
        "digest": "0123456789abcdef",
        "version": "0.1.0",
        "date": "2026-11-30T06:00:00+00:00",
        "depth": "standard",
        "backend": "standalone",
        "free_parameters": 142,
        "seconds": 1234.5,
        "phenomena": (
            phenomenon("P01", "pass", pulse, edge=True),
            phenomenon("P02", "pass", quantity()),
            phenomenon("P03", "fail", far, missing),
            phenomenon("P04", "fail", lasting),
            phenomenon("P26", "pass", order, seeds=0, sources=(), notes=(), protocols=()),
        ),
    }
    return ScoreFile(circuit=circuit, **settings | more)


def static_gain():
    """Return a null model: it passes P02, and was not tried on P26."""
    return score(
        "static_gain",
        title="Static gain (T0)",
        free_parameters=3,
        phenomena=(
            phenomenon("P01", "fail", quantity(value=0.3, low=0.2, high=0.4, verdict="fail")),
            phenomenon("P02", "pass", quantity()),
            phenomenon("P03", "not expressible", why="no C fibres", seeds=0),
            phenomenon("P04", "not expressible", why="no condition 'injured'", seeds=0),
        ),
    )
