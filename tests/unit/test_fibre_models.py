"""Fibre models by name, their ranges, and the geometry and rates of the double cable."""

import numpy as np
import pytest

from gatecontrol.citations import library
from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.axon import fibre_model, fibre_models
from gatecontrol.fibres.classes import FIBRE_CLASSES
from gatecontrol.fibres.excitation import activation_windows, threshold
from gatecontrol.fibres.mcintyre2002 import gates, geometry, internode
from gatecontrol.fibres.waveform import Waveform

MYELINATED = ("mrg", "aalpha", "adelta")
PULSE = Waveform.rectangular(200e-6)


@pytest.mark.parametrize("name", MYELINATED)
def test_a_model_says_what_it_is(name):
    model = fibre_model(name)
    assert model.name == name
    assert name in fibre_models()
    assert set(model.references) <= set(library())
    assert set(model.fibre_classes) <= set(FIBRE_CLASSES)
    axon = model.axon(model.diameters[0], 1e-3)
    assert axon.model is model
    left, right = axon.detectors
    assert axon.positions[left] == pytest.approx(-axon.positions[right])
    assert axon.positions[len(axon.positions) // 2] == pytest.approx(0, abs=1e-12)


def test_an_unknown_model_gets_a_suggestion():
    with pytest.raises(
        GatecontrolError, match="no fibre model is called 'mgr'. Did you mean 'mrg'"
    ):
        fibre_model("mgr")


@pytest.mark.parametrize(
    ("name", "diameter", "reach", "said"),
    [
        ("mrg", 1e-6, 1e-3, "mrg stands for diameters of 2 to 16 um, got 1 um"),
        ("adelta", 6e-6, 1e-3, "adelta stands for diameters of 2 to 5 um, got 6 um"),
        ("mrg", np.nan, 1e-3, "got nan um"),
        ("mrg", 1e-5, 0.0, "distance of the electrode must be above 0"),
        ("mrg", 1e-5, 1.0, "at most 10 cm, got 1000 mm"),
    ],
)
def test_what_a_model_does_not_stand_for_is_refused(name, diameter, reach, said):
    with pytest.raises(GatecontrolError, match=said):
        fibre_model(name).axon(diameter, reach)


def test_what_cannot_drive_a_fibre_is_refused():
    axon = fibre_model("mrg").axon(10e-6, 1e-3)
    field = np.ones(axon.positions.size)
    with pytest.raises(GatecontrolError, match="must be finite and not negative, got -0.001 A"):
        axon.respond(field, PULSE, -1e-3, 1e-3, 5e-6)
    with pytest.raises(GatecontrolError, match="not finite; does it pass through a contact"):
        axon.respond(field * np.inf, PULSE, 1e-3, 1e-3, 5e-6)
    with pytest.raises(ValueError, match=r"needs the shape \(1, 331\): channels by compartments"):
        axon.respond(field[1:], PULSE, 1e-3, 1e-3, 5e-6)


def test_an_even_field_excites_nothing():
    axon = fibre_model("mrg").axon(10e-6, 1e-3)
    field = np.full(axon.positions.size, 5.0)
    assert threshold(axon, field, PULSE) == np.inf
    assert activation_windows([axon], [field], PULSE).tolist() == [[np.inf, np.inf]]


def test_a_bracket_is_checked():
    axon = fibre_model("mrg").axon(10e-6, 1e-3)
    field = -400 / np.hypot(1, axon.positions / 1e-3)
    free = threshold(axon, field, PULSE)
    given = threshold(axon, field, PULSE, bracket=(0.01e-3, 1e-3))
    assert given == pytest.approx(free, rel=5e-3)
    for bracket in ((0.01e-3, 0.02e-3), (0.5e-3, 1e-3)):
        with pytest.raises(GatecontrolError, match="no threshold lies between .*; leave the brack"):
            threshold(axon, field, PULSE, bracket=bracket)


def test_many_fibres_on_threads_as_one_by_one():
    model = fibre_model("mrg")
    axons = [model.axon(d, 1e-3) for d in (6e-6, 9e-6, 12e-6)]
    fields = [-400 / np.hypot(1, a.positions / 1e-3) for a in axons]
    told = []
    settings = {"ceiling": 1e-3, "precision": 0.02}
    both = activation_windows(
        axons, fields, PULSE, threads=2, progress=lambda *done: told.append(done), **settings
    )
    alone = activation_windows(axons, fields, PULSE, **settings)
    assert both.tolist() == alone.tolist()
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_the_fitted_geometry_is_near_the_published_table():
    """Two rows of McIntyre 2002; the fits pass them by up to 13 % (Musselman 2021)."""
    for diameter, spacing, node, axon, flut in (
        (5.7, 500, 1.9, 3.4, 35),
        (16.0, 1500, 5.5, 12.7, 60),
    ):
        cable = geometry(diameter * 1e-6)
        assert internode(diameter * 1e-6) == pytest.approx(spacing * 1e-6, rel=0.05)
        assert cable.sections[1].length == pytest.approx(flut * 1e-6, rel=0.13)
        assert cable.node_area == pytest.approx(np.pi * node * 1e-12, rel=0.1)
        stin = cable.sections[4]
        width = np.sqrt(0.7 * stin.length / stin.axial / np.pi) * 2
        assert width == pytest.approx(axon * 1e-6, rel=0.06)
        whole = cable.node.length + sum(s.length for s in cable.sections)
        assert whole == pytest.approx(internode(diameter * 1e-6), rel=1e-12)


def test_rates_pass_their_singular_points_smoothly():
    for gate, middle in (("m", -21.4e-3), ("m", -25.7e-3), ("h", -114e-3), ("p", -27e-3)):
        around = middle + np.array([-1e-7, 0, 1e-7])
        for rate in gates(around)[gate]:
            assert rate[1] == pytest.approx((rate[0] + rate[2]) / 2, rel=1e-6)


def test_kernels_run_where_compiled_code_cannot_be_stored(monkeypatch):
    """A disk that fills up between compiling and storing; each of two kernels is refused once."""
    from numba.core.caching import FunctionCache

    from gatecontrol.fibres.compiled import call, compiled

    refused = []

    def full(self, *_):
        refused.append(self)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FunctionCache, "save_overload", full)
    monkeypatch.setattr(FunctionCache, "load_overload", lambda *_: None)

    @compiled
    def inner(x):
        return 2 * x

    @compiled
    def outer(x):
        return inner(x) + 1

    assert call(outer, 20.5) == 42
    assert len(refused) == 2
