"""Preparations and the fibres drawn from them."""

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gatecontrol.errors import ExperimentError
from gatecontrol.fibres.conduction import (
    diameter_from_velocity,
    draw_velocity,
    myelinated_velocity,
    share_slower,
    velocity_from_diameter,
)
from gatecontrol.fibres.population import draw_fibres
from gatecontrol.preparations import PREPARATIONS, load_preparation, read_preparation

GOLDEN = Path(__file__).parents[1] / "data" / "golden"


def afferent(name, fibre_class="abeta", role="centre", size=50):
    return SimpleNamespace(name=name, fibre_class=fibre_class, role=role, size=size)


def golden(name):
    lines = [x for x in (GOLDEN / name).read_text().splitlines() if not x.startswith("#")]
    return list(csv.DictReader(lines))


@pytest.mark.parametrize("name", PREPARATIONS)
def test_each_preparation_is_complete_and_plausible(name):
    body = load_preparation(name)
    assert body.name == name
    assert set(body.fibres) == {"aalpha", "abeta", "adelta", "c", "descending"}
    v = {c: f.velocity.value for c, f in body.fibres.items()}
    assert v["aalpha"] > v["abeta"] > v["adelta"] > v["c"]
    assert 0 < body.ganglion_to_cord.value < body.pns_site_to_cord.value
    assert body.c_latency().earliest < body.c_latency().median < body.c_latency().latest
    assert body.a_latency().latest < body.c_latency().earliest
    assert load_preparation(name) is body


def test_c_spikes_take_a_second_in_a_human_leg_and_a_tenth_in_a_rat():
    assert load_preparation("human").c_latency().median == pytest.approx(1.0, abs=0.3)
    rat = load_preparation("rat").c_latency()
    assert 0.08 < rat.earliest < rat.median < 0.2
    assert rat.latest < 0.3


def test_human_velocities_are_the_measured_ones():
    body = load_preparation("human")
    assert body.fibres["abeta"].velocity.value == 55.3
    assert (body.fibres["abeta"].slowest.value, body.fibres["abeta"].fastest.value) == (26, 91)
    assert body.fibres["c"].velocity.value == 0.86
    assert body.fibres["c"].velocity.spread * 0.86 == pytest.approx(0.17)
    assert {"knibestol1973", "vanhees1981", "feirabend2002"} <= set(body.references())
    assert "assumed" not in body.references()


def test_dorsal_column_holds_the_measured_quantiles():
    column = load_preparation("human").dorsal_column
    assert column.diameter(0.9) == pytest.approx(7e-6, rel=0.01)
    assert column.diameter(0.995) == pytest.approx(10.7e-6, rel=0.01)
    assert column.diameter(0) == pytest.approx(1.5e-6)
    assert column.diameter(1) == pytest.approx(15e-6)
    with pytest.raises(ValueError, match="between 0 and 1"):
        column.diameter(1.2)


def test_unknown_preparation_is_named():
    with pytest.raises(ExperimentError, match=r"no preparation 'rats'. Did you mean 'rat'\?"):
        load_preparation("rats")


def test_all_faults_of_a_preparation_file_are_reported(tmp_path):
    text = (Path(read_preparation.__code__.co_filename).parent / "rat.yaml").read_text()
    text = text.replace("receptor_to_cord: 0.12 m [assumed]", "receptor_to_cord: 0.01 m [assumed]")
    text = text.replace("dura: 0.08 mm [assumed]", "dura: 0.08 mm")
    text = text.replace("cord_diameter: 3 mm [assumed]", "cord_diamter: 3 mm [assumed]")
    text = text.replace("slowest: 3 m/s [assumed]", "slowest: 30 m/s [assumed]")
    text = text.replace("thinnest: 1 um [assumed]", "thinnest: -1 um [assumed]")
    file = tmp_path / "rat.yaml"
    file.write_text(text)
    with pytest.raises(ExperimentError) as caught:
        read_preparation(file)
    found = {(p.code, p.path) for p in caught.value.problems}
    assert found >= {
        ("E035", "distances.receptor_to_cord"),
        ("E061", "tissue.dura"),
        ("E001", "tissue.cord_diamter"),
        ("E002", "tissue.cord_diameter"),
        ("E035", "fibres.adelta.velocity"),
        ("E030", "dorsal_column.thinnest"),
    }


@pytest.mark.parametrize("content", ["a: [", "- 1\n- 2\n", ""])
def test_a_file_that_is_no_preparation(tmp_path, content):
    file = tmp_path / "x.yaml"
    file.write_text(content)
    with pytest.raises(ExperimentError):
        read_preparation(file)


def test_myelinated_velocity_is_the_golden_one():
    for row in golden("mrg_conduction_velocity.csv"):
        if row["model"] == "MRG_INTERPOLATION":
            diameter = float(row["diameter_um"]) * 1e-6
            assert myelinated_velocity(diameter) == pytest.approx(float(row["cv_m_s"]), rel=1e-3)


def test_c_velocity_has_the_golden_shape():
    body = load_preparation("human")
    rows = golden("cfibre_conduction_velocity.csv")
    for model in {r["model"] for r in rows}:
        table = {float(r["diameter_um"]): float(r["cv_m_s"]) for r in rows if r["model"] == model}
        ratio = velocity_from_diameter([0.5e-6, 1.5e-6], "c", body)
        assert ratio[1] / ratio[0] == pytest.approx(table[1.5] / table[0.5], rel=0.04)


@pytest.mark.parametrize("name", PREPARATIONS)
@pytest.mark.parametrize("fibre_class", ["aalpha", "abeta", "adelta", "c", "descending"])
def test_velocity_and_diameter_are_one_monotone_relation(name, fibre_class):
    body = load_preparation(name)
    fibre = body.fibres[fibre_class]
    velocity = np.linspace(fibre.slowest.value, fibre.fastest.value, 200)
    diameter = diameter_from_velocity(velocity, fibre_class, body)
    assert (np.diff(diameter) > 0).all()
    assert velocity_from_diameter(diameter, fibre_class, body) == pytest.approx(velocity)
    at_mean = diameter_from_velocity(fibre.velocity.value, fibre_class, body)
    assert at_mean == pytest.approx(fibre.diameter.value)


@pytest.mark.parametrize("fibre_class", ["aalpha", "abeta", "adelta", "c", "descending"])
def test_the_share_of_slower_fibres_is_what_a_velocity_was_drawn_with(fibre_class):
    body = load_preparation("rat")
    share = np.linspace(0.001, 0.999, 50)
    velocity = draw_velocity(share, fibre_class, body)
    assert share_slower(velocity, fibre_class, body) == pytest.approx(share)
    fibre = body.fibres[fibre_class]
    ends = [0.5 * fibre.slowest.value, 2 * fibre.fastest.value]
    assert share_slower(ends, fibre_class, body).tolist() == [0.0, 1.0]


def test_drawn_fibres_have_the_measured_mean_spread_and_range():
    body = load_preparation("human")
    for fibre_class in ("abeta", "c"):
        table = draw_fibres([afferent("x", fibre_class, size=4000)], body, 1)
        fibre = body.fibres[fibre_class]
        assert table.velocity.min() >= fibre.slowest.value
        assert table.velocity.max() <= fibre.fastest.value
        assert table.velocity.mean() == pytest.approx(fibre.velocity.value, rel=0.03)
        # The cut at the measured range takes some of the spread.
        sd = fibre.velocity.value * fibre.velocity.spread
        assert 0.8 * sd < table.velocity.std() < sd
    assert (draw_fibres([afferent("x", size=4000)], body, 1).diameter < 16e-6).all()


def test_a_draw_depends_on_seed_and_own_name_only():
    body = load_preparation("rat")
    alone = draw_fibres([afferent("a")], body, 7)
    both = draw_fibres([afferent("b", "c"), afferent("a", size=60)], body, 7)
    rows = np.flatnonzero(both.afferent == "a")
    assert (both.velocity[rows[:50]] == alone.velocity).all()
    assert (draw_fibres([afferent("a")], body, 8).velocity != alone.velocity).any()
    assert (draw_fibres([afferent("a")], body, 7).velocity == alone.velocity).all()


def test_descending_fibres_come_from_the_brainstem():
    body = load_preparation("human")
    table = draw_fibres([afferent("a"), afferent("d", "descending", "remote", 3)], body, 1)
    assert (table.length[table.where("descending")] == body.brainstem_to_cord.value).all()
    assert (table.length[table.where("abeta")] == body.receptor_to_cord.value).all()


def test_no_fibres_and_wrong_fibres():
    body = load_preparation("human")
    assert len(draw_fibres([], body, 1)) == 0
    assert len(draw_fibres([afferent("a", size=0)], body, 1)) == 0
    with pytest.raises(ValueError, match="no fibre class 'ab'"):
        draw_fibres([afferent("a", "ab")], body, 1)
