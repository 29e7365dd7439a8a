"""Electrodes and tissues as data: every number has a source, every mistake one clear error."""

import subprocess
import sys
from math import inf, pi

import pytest

from gatecontrol.citations import library
from gatecontrol.errors import GatecontrolError
from gatecontrol.fields import catalogue
from gatecontrol.fields.electrodes import Contact, ElectrodeError
from gatecontrol.fields.leads import lead, lead_names
from gatecontrol.fields.tissues import tissue_names, tissue_stack

HEAVY = ("numpy", "scipy", "xarray", "numba")
LEADS = ("scs_octrode", "scs_octrode_wide", "scs_paddle", "drg_quad", "pns_percutaneous",
         "pns_cuff", "tens_pads", "dbs_quad")  # fmt: skip


def test_the_catalogues_hold_every_target():
    assert lead_names() == LEADS
    assert tissue_names() == ("scs", "drg", "pns", "tens", "dbs")


def test_reading_the_catalogue_of_leads_imports_nothing_heavy():
    code = (
        "import sys; from gatecontrol.fields.leads import lead; import gatecontrol.fields.tissues; "
        + f"lead('scs_octrode'); sys.exit(' '.join(m for m in {HEAVY} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == "\n"


@pytest.mark.parametrize("name", LEADS)
def test_a_lead_has_sources_and_contacts(name):
    found = lead(name)
    assert found.title
    assert found.omits
    for number in found.sizes.values():
        assert set(number.keys) <= set(library())
        assert number.source
    contacts = found.contacts({1: -1.0}, remote=True)
    assert sum(c.share for c in contacts) == pytest.approx(-1.0)
    assert sum(c.area for c in contacts) == pytest.approx(found.area)
    # Equal current density wherever the contact is split.
    assert {round(c.share * found.area / c.area, 9) for c in contacts} == {-1.0}


def test_contacts_of_a_lead_lie_at_its_pitch():
    octrode = lead("scs_octrode")
    assert octrode.area == pytest.approx(pi * 1.3e-3 * 3e-3)
    assert octrode.centre(1) == pytest.approx((-14e-3, 0.0))
    assert octrode.centre(8) == pytest.approx((14e-3, 0.0))
    both = octrode.contacts({4: -1.0, 6: 1.0}, zero=4, at=(1e-3, 2e-3, 0.5e-3))
    middles = {
        label: sum(c.position[0] * c.area for c in both if c.label == label) / octrode.area
        for label in ("contact 4", "contact 6")
    }
    assert middles == pytest.approx({"contact 4": 1e-3, "contact 6": 9e-3})
    assert {c.position[1:] for c in both} == {(2e-3, 0.5e-3)}
    assert {c.body for c in both} == {0.65e-3}


def test_a_lead_can_point_anywhere_and_be_smaller():
    upright = lead("dbs_quad").contacts({1: -1.0, 2: 1.0}, axis="z", zero=1, scale=0.5)
    assert {c.position[:2] for c in upright} == {(0.0, 0.0)}
    assert [c.position[2] for c in upright] == pytest.approx([0.0, 1e-3])
    assert sum(c.area for c in upright) == pytest.approx(2 * lead("dbs_quad").area / 4)


def test_plates_rings_and_pads():
    paddle = lead("scs_paddle")
    assert paddle.centre(1) == pytest.approx((-21e-3, -1.5e-3))
    assert paddle.centre(16) == pytest.approx((21e-3, 1.5e-3))
    cuff = lead("pns_cuff").contacts({1: 0.5, 2: -1.0, 3: 0.5})
    assert {round(c.position[0] * 1e3, 6) for c in cuff} == {-5.0, 0.0, 5.0}
    assert sum(c.share for c in cuff) == pytest.approx(0.0)
    pads = lead("tens_pads").contacts({1: -1.0, 2: 1.0})
    assert [c.radius for c in pads] == pytest.approx([(25e-4 / pi) ** 0.5] * 2)


@pytest.mark.parametrize(
    ("shares", "options", "message"),
    [
        ({}, {}, "open circuit: no contact of the drg_quad is active"),
        ({1: 0.0, 2: 0.0}, {"remote": True}, "open circuit"),
        ({1: -1.0}, {}, r"sum to -1: without a remote return \(the case\)"),
        ({1: -1.0, 2: 0.4}, {}, "sum to -0.6"),
        ({1: -0.5, 2: 0.5}, {}, "draw 0.5 and its anodes give 0.5"),
        ({5: -1.0}, {"remote": True}, "no contact 5: its contacts are 1 to 4"),
        ({1: -1.0}, {"remote": True, "zero": 9}, "no contact 9"),
        ({1: float("nan")}, {"remote": True}, "must be finite"),
        ({1: -1.0}, {"remote": True, "axis": "u"}, "cannot point along 'u'"),
    ],
)
def test_programmes_that_cannot_work_are_refused(shares, options, message):
    with pytest.raises(ElectrodeError, match=message):
        lead("drg_quad").contacts(shares, **options)


def test_a_plate_points_along_x():
    with pytest.raises(ElectrodeError, match="every other electrode along x"):
        lead("scs_paddle").contacts({1: -1.0}, remote=True, axis="z")


def test_unknown_names_suggest():
    with pytest.raises(GatecontrolError, match="no lead 'scs_octrod'. Did you mean 'scs_octrode'"):
        lead("scs_octrod")
    with pytest.raises(GatecontrolError, match="no tissue stack 'sks'.* Allowed: scs, drg, pns"):
        tissue_stack("sks")
    with pytest.raises(GatecontrolError, match="has no level 'T13'.* Allowed: C4-C6, T5-T6, T11"):
        tissue_stack("scs", level="T13")
    with pytest.raises(GatecontrolError, match="'dbs' has no level 'T11'. It has only one"):
        tissue_stack("dbs", level="T11")
    with pytest.raises(GatecontrolError, match=r"'dura.conductivty'. Did you mean 'dura.conduct"):
        tissue_stack("scs", overrides={"dura.conductivty": 0.03})


@pytest.mark.parametrize("name", ["scs", "drg", "pns", "tens", "dbs"])
def test_a_tissue_has_sources_and_joined_layers(name):
    found = tissue_stack(name)
    assert found.title
    assert found.omits
    for number in (*found.numbers.values(), *(n for pair in found.ranges.values() for n in pair)):
        assert set(number.keys) <= set(library())
        assert number.source
    for low, high in found.ranges.values():
        assert low.value < high.value
    faces = list(found.depths.values())
    assert faces[0][0] == -inf
    assert faces[-1][1] == inf
    for (_, lower), (upper, _) in zip(faces, faces[1:], strict=False):
        assert lower == upper
    assert found.layer_at(0.0) not in found.closed


def test_the_conductor_has_the_tissue_s_layers():
    found = tissue_stack("scs", level="T12", overrides={"dura.conductivity": 0.03})
    assert [x.name for x in found.conductor.layers] == list(found.depths)
    for layer in found.conductor.layers[1:-1]:
        upper, lower = found.depths[layer.name]
        assert lower - upper == pytest.approx(layer.thickness)
        assert found.conductor.layer_at((upper + lower) / 2).name == layer.name
    assert found.conductor.layer_at(0.5e-3).name == "fat"
    assert found.conductor.layers[2].transverse == 0.03
    assert found.depths["dura"] == pytest.approx((0.65e-3, 0.95e-3))
    assert found.depths["fluid"] == pytest.approx((0.95e-3, 3.95e-3))
    assert found.numbers["dura.conductivity"].source == "given"


def test_levels_lie_in_the_measured_ranges():
    for level in ("C4-C6", "T5-T6", "T11", "T12"):
        found = tissue_stack("scs", level=level)
        low, high = found.ranges[f"{level} fluid"]
        assert low.value < found.numbers["fluid.thickness"].value < high.value
        assert found.numbers["fluid.thickness"].source == "holsheimer1994"


def test_values_that_no_body_has_are_refused():
    with pytest.raises(GatecontrolError, match="dura.conductivity must be greater than 0, got 0"):
        tissue_stack("scs", overrides={"dura.conductivity": 0.0})
    with pytest.raises(GatecontrolError, match="fluid.thickness must be greater than 0, got nan"):
        tissue_stack("scs", overrides={"fluid.thickness": float("nan")})
    with pytest.raises(GatecontrolError, match="outside the fat, which is 3 mm thick"):
        tissue_stack("scs", overrides={"electrode.above": 4e-3})
    with pytest.raises(GatecontrolError, match="outside the skin"):
        tissue_stack("tens", overrides={"electrode.below": 2e-3})


def test_electrodes_in_the_wrong_place_are_refused():
    cord, octrode = tissue_stack("scs"), lead("scs_octrode")
    good = octrode.contacts({4: -1.0}, remote=True)
    cord.check(good, [(0.0, 5.1e-3)])
    bone = octrode.contacts({4: -1.0}, remote=True, at=(0.0, 0.0, -3e-3))
    with pytest.raises(ElectrodeError, match=r"contact 4 lies in the bone of 'scs' \(z = -3 mm\)"):
        cord.check(bone)
    with pytest.raises(ElectrodeError, match="a fibre runs through the contact 4: it must stay 0"):
        cord.check(good, [(0.0, 5e-3), (0.2e-3, 0.3e-3)])
    with pytest.raises(ElectrodeError, match="open circuit"):
        cord.check([Contact((0.0, 0.0, 0.0), 0.0, 1e-6)])
    with pytest.raises(ElectrodeError, match="lies in the air of 'tens'"):
        tissue_stack("tens").check(lead("tens_pads").contacts({1: -1.0, 2: 1.0}, at=(0, 0, -1e-3)))
    with pytest.raises(ElectrodeError, match="'pad': the area must be > 0, got 0"):
        Contact((0.0, 0.0, 0.0), -1.0, 0.0, "pad")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "x.yaml: a.length: missing number"),
        ({"length": "3 mm"}, "a.length: '3 mm' has no source"),
        ({"length": "3 S [assumed]"}, "a.length: "),
        ({"length": "0 mm [assumed]"}, "a.length: must be greater than 0, got '0 mm"),
    ],
)
def test_a_number_without_source_or_sense_is_refused(data, message):
    with pytest.raises(GatecontrolError, match=message):
        catalogue.number(data, "x.yaml: a", "length")
