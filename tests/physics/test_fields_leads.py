"""What rows of points stand for, and the cord's thresholds under a lead."""

import numpy as np
import pytest

from gatecontrol.fibres.axon import fibre_model
from gatecontrol.fibres.excitation import threshold
from gatecontrol.fibres.waveform import Waveform
from gatecontrol.fields.conductor import HomogeneousConductor
from gatecontrol.fields.electrodes import line
from gatecontrol.fields.leads import lead
from gatecontrol.fields.tissues import tissue_stack

X = np.linspace(-6e-3, 6e-3, 241)
WHOLE = HomogeneousConductor.isotropic(0.2)
PULSE = Waveform.rectangular(300e-6)


def solved(conductor, contacts, diameter, y, z):
    """Return the solver's threshold of a straight fibre [A]."""
    axon = fibre_model("mrg").axon(diameter, z)
    return threshold(axon, conductor.potential_along(axon.positions, y, z, contacts), PULSE)


def along(contacts, distance):
    return WHOLE.potential_along(X, 0.0, distance, contacts)


@pytest.mark.parametrize(("share", "error"), [(0.25, 2e-3), (0.5, 1e-5), (1.0, 2e-8)])
def test_a_row_of_six_points_against_a_finer_one(share, error):
    six, fine = (line(1e-6, 1.0, (0, 0, 0), 3e-3, points=n) for n in (6, 64))
    assert along(six, share * 3e-3) == pytest.approx(along(fine, share * 3e-3), rel=error)


# Diameters from the axis, error of the potential and of second differences over 1 mm, as the
# module of the leads says.
@pytest.mark.parametrize(("away", "error", "curvature"), [(2, 3e-3, 0.04), (3, 6e-4, 0.011)])
@pytest.mark.parametrize("name", ["scs_octrode", "drg_quad", "dbs_quad"])
def test_a_cylinder_contact_against_its_surface(name, away, error, curvature):
    found = lead(name)
    radius, length = found.sizes["diameter"].value / 2, found.sizes["length"].value
    surface = [
        contact
        for angle in 2 * np.pi * np.arange(24) / 24
        for contact in line(
            1e-6, 1 / 24, (0, radius * np.cos(angle), radius * np.sin(angle)), length, points=24
        )
    ]
    row = found.contacts({1: 1.0}, remote=True, zero=1)
    v, wanted = along(row, 2 * away * radius), along(surface, 2 * away * radius)
    assert v == pytest.approx(wanted, rel=error)
    second = [u[40:] - 2 * u[20:-20] + u[:-40] for u in (v, wanted)]
    assert np.abs(second[0] - second[1]).max() < curvature * np.abs(second[1]).max()


@pytest.mark.parametrize(
    ("fluid", "expected"), [(1.5e-3, 0.5e-3), (3.2e-3, 1.2e-3), (5.5e-3, 3.0e-3)]
)
def test_a_fibre_of_the_layered_cord(fluid, expected):
    """A 12.8 um fibre 0.1 mm deep under one contact, 0.3 ms.

    A row of points against another cable solver with a point contact in another program's
    planar cord, read to two digits: 10 %.
    """
    cord = tissue_stack("scs", overrides={"fluid.thickness": fluid})
    contacts = lead("scs_octrode").contacts({4: -1.0}, remote=True, zero=4)
    depth = cord.depths["white_matter"][0] + 0.1e-3
    found = solved(cord.conductor, contacts, 12.8e-6, 0.0, depth)
    assert found == pytest.approx(expected, rel=0.1)


def test_doubling_every_conductivity_doubles_the_threshold():
    cord = tissue_stack("scs")
    keys = [k for k in cord.numbers if k.split(".")[1] in {"conductivity", "along", "across"}]
    double = tissue_stack("scs", overrides={k: 2 * cord.numbers[k].value for k in keys})
    contacts = lead("scs_octrode").contacts({4: -1.0, 6: 1.0}, zero=4)
    for y in (0.0, 2e-3):
        one, two = (
            solved(tissue.conductor, contacts, 10e-6, y, 5.05e-3) for tissue in (cord, double)
        )
        # the search begins at a spread of the field: rounding alone tells the two apart
        assert two == pytest.approx(2 * one, rel=1e-9)
