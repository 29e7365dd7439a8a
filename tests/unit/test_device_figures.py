"""Figures of a device: drawn from data that can be had apart, with their content in words."""

import matplotlib.figure
import numpy as np
import pytest

from gatecontrol.analysis.figures.device import device_drawings
from gatecontrol.analysis.figures.device_field import device_field, field_data
from gatecontrol.analysis.figures.recruitment import (
    RecruitmentData,
    recruitment,
    recruitment_alt,
    recruitment_data,
)
from gatecontrol.analysis.figures.strength_duration import (
    Strength,
    device_strengths,
    strength_duration,
    strength_duration_alt,
    weiss,
)
from gatecontrol.devices.excitability import reference
from gatecontrol.devices.pulsed import PulsedDevice
from gatecontrol.fields.electrodes import monopole
from gatecontrol.preparations import load_preparation

HUMAN = load_preparation("human")


class Needle(PulsedDevice):
    """A point over straight fibres at one depth: its tables take a second."""

    kind = "needle"
    title = "Needle"
    classes = ("abeta", "c")

    def contacts(self, preparation):
        return monopole(1e-6)

    def sites(self, fibres, preparation, rng):
        from gatecontrol.devices.sites import Sites

        rows = fibres.where("abeta", "c")
        return Sites.at(fibres, rows[fibres.role[rows] == "centre"], rng, z=0.5e-3, start=0.5)


@pytest.fixture(scope="module")
def needle():
    device = Needle.from_config({"amplitude": "1 mA"})
    return device, reference(device, HUMAN)


def test_every_figure_is_drawn_with_its_content_in_words(needle):
    device, found = needle
    drawn = list(device_drawings(device, HUMAN, found))
    assert [d.name for d in drawn] == [
        "needle_field_along", "needle_field_across", "needle_recruitment",
        "needle_strength_duration",
    ]  # fmt: skip
    for one in drawn:
        assert isinstance(one.figure, matplotlib.figure.Figure)
        assert "A\u03b2" in one.alt
        assert len(one.caption) > 40
        one.figure.draw_without_rendering()


def test_the_field_is_that_of_the_conductor(needle):
    device, found = needle
    data = field_data(device, HUMAN, found)
    x, z = np.meshgrid(data.right, data.depth)
    closed = -1 / (4 * np.pi * 0.2 * np.hypot(x, z))  # the default medium, 0.2 S/m
    assert np.allclose(data.potential, closed, rtol=1e-9)
    assert data.layers == ()
    # nodes lie on the fibre, an internode apart: some in the picture
    assert np.allclose(data.dots["abeta"][:, 1], 0.5e-3)
    inside = data.dots["abeta"][:, 0]
    assert ((inside > data.right[0]) & (inside < data.right[-1])).any()


def test_fibres_lie_where_they_are_across_the_electrode(needle):
    device, found = needle
    data = field_data(device, HUMAN, found, "across")
    assert set(data.dots) == {"abeta", "c"}
    assert np.allclose(data.dots["c"], [0.0, 0.5e-3])


def test_layers_are_drawn_and_named():
    from gatecontrol.plugins import load_plugin

    device = load_plugin("devices", "drg").from_config({"amplitude": "1 mA"})
    data = field_data(device, HUMAN, _only_sites(device))
    assert [n for n, *_ in data.layers] == ["bone", "fat", "sheath", "ganglion", "fat_below"]
    figure = device_field(data)
    written = {text.get_text() for text in figure.axes[0].texts}
    assert {"fat", "sheath", "ganglion"} <= written
    # negative below the cathode, positive below the anode
    row = int(np.searchsorted(data.depth, data.layers[3][1])) + 1
    for contact in data.contacts:
        column = int(np.abs(data.right - contact.position[0]).argmin())
        assert data.potential[row, column] * contact.share > 0


def _only_sites(device):
    """Return fibres and sites without solving any threshold."""
    from types import SimpleNamespace

    from gatecontrol.devices.excitability import _REFERENCE
    from gatecontrol.fibres.population import draw_fibres

    fibres = draw_fibres(_REFERENCE, HUMAN, 1)
    return SimpleNamespace(
        fibres=fibres, sites=device.sites(fibres, HUMAN, np.random.default_rng(1))
    )


def test_figures_draw_into_given_axes(needle):
    device, found = needle
    figure = matplotlib.figure.Figure()
    axes = figure.subplots(1, 3)
    data = recruitment_data(device, found)
    assert device_field(field_data(device, HUMAN, found), ax=axes[0]) is figure
    assert recruitment(data, ax=axes[1]) is figure
    strengths = [Strength("A", "abeta", np.array([1e-4, 2e-4]), np.array([[2e-3, 1e-3]]))]
    assert strength_duration(strengths, ax=axes[2]) is figure


def test_recruitment_counts_thresholds_and_marks_what_is_felt():
    data = RecruitmentData(
        "Device",
        {
            ("abeta", "along"): np.array([1.0, 2.0, 4.0, np.inf]) * 1e-3,
            ("abeta", "root"): np.array([2.0, 3.0]) * 1e-3,
            ("c", "along"): np.array([5.0, 9.0]) * 1e-3,
        },
        {"one": np.array([4.0, 8.0]) * 1e-3, "two": np.array([6.0, np.inf]) * 1e-3},
        {"perception": 1e-3, "discomfort": 2.5e-3, "motor": np.nan},
        10e-3,
    )
    amplitude = np.array([0.5, 1.0, 3.0, 10.0]) * 1e-3
    assert data.share(("abeta", "along"), amplitude).tolist() == [0, 0.25, 0.5, 0.75]
    (ax,) = recruitment(data).axes
    assert {t.get_text() for t in ax.texts} == {"PT 1 mA", "DT 2.5 mA"}
    labels = {t.get_text() for t in ax.get_legend().get_texts()}
    assert labels == {"A\u03b2", "A\u03b2, root", "C, 2 models"}
    words = recruitment_alt(data)
    assert "perception at 1 mA" in words
    assert "motor" not in words
    assert "two 6 mA" in words


def test_c_fibres_out_of_reach_are_said_to_be_so():
    far = np.array([np.inf, np.inf])
    data = RecruitmentData(
        "Device", {("abeta", "along"): np.array([1e-3]), ("c", "along"): far},
        {"one": far}, {"perception": 1e-3}, 10e-3,
    )  # fmt: skip
    (ax,) = recruitment(data).axes
    assert "C, 1 models:\nnone up to 10 mA" in {t.get_text() for t in ax.get_legend().get_texts()}


def test_weiss_curve_is_found_again_and_its_error_is_the_largest():
    widths = np.array([50, 100, 200, 400, 1000]) * 1e-6
    exact = 1e-3 * (1 + 150e-6 / widths)
    fit = weiss(widths, exact)
    assert fit.rheobase == pytest.approx(1e-3, rel=1e-9)
    assert fit.chronaxie == pytest.approx(150e-6, rel=1e-9)
    assert fit.error < 1e-9
    off = weiss(widths, exact * [1.2, 1, 1, 1, 1])
    assert off.error == pytest.approx(
        np.abs(off.at(widths) / (exact * [1.2, 1, 1, 1, 1]) - 1).max()
    )
    assert 0.02 < off.error < 0.2


def test_strength_duration_of_a_device(needle):
    device, found = needle
    widths = (60e-6, 100e-6, 200e-6, 500e-6)
    thick, thin = device_strengths(device, HUMAN, found, widths)
    assert (thick.fibre_class, thin.fibre_class) == ("abeta", "c")
    assert thick.thresholds.shape == (1, 4)
    assert thin.thresholds.shape == (5, 4)
    assert (np.diff(thick.thresholds[0]) < 0).all()
    assert 30e-6 < thick.fit.chronaxie < 400e-6  # 90-260 us at 0.25-3 mm (10 um)
    words = strength_duration_alt([thick, thin])
    assert "chronaxie" in words
    assert "off by up to" in words


def test_too_few_widths_make_no_fit():
    one = Strength("A", "adelta", np.array([1e-4, 2e-4, 4e-4]), np.array([[3e-3, 2e-3, np.inf]]))
    assert one.fit is None
    assert "does not fire" in strength_duration_alt([one])
    strength_duration([one])
