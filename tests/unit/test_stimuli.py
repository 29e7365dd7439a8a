"""Stimuli: declarations, seeds, windows and faults."""

from types import SimpleNamespace

import numpy as np
import pytest

from gatecontrol.experiment.values import check_value
from gatecontrol.fibres.drive import ECTOPIC, NATURAL
from gatecontrol.fibres.population import draw_fibres
from gatecontrol.parameters import bounds, defaults, parse_value, to_si
from gatecontrol.plugins import REQUIRED, load_plugin
from gatecontrol.preparations import PREPARATIONS, load_preparation
from gatecontrol.units import UnitError

KINDS = (
    "pinch", "pressure", "probe", "heat_ramp", "brush", "volley", "ectopic", "ongoing",
    "spike_file",
)  # fmt: skip
DRAWN = KINDS[:-1]
AFFERENTS = [
    ("abeta_centre", "abeta", "centre", 40),
    ("abeta_surround", "abeta", "surround", 40),
    ("adelta", "adelta", "centre", 30),
    ("c", "c", "centre", 80),
    ("descending", "descending", "remote", 10),
]


def fibres(species="human", seed=1, scale=1):
    body = load_preparation(species)
    afferents = [
        SimpleNamespace(name=n, fibre_class=c, role=r, size=s * scale) for n, c, r, s in AFFERENTS
    ]
    return draw_fibres(afferents, body, seed), body


def make(kind, **config):
    return load_plugin("stimuli", kind).from_config({"kind": kind, **config})


def of_class(drive, *classes):
    return np.isin(drive.fibre, drive.fibres.where(*classes))


@pytest.mark.parametrize("kind", KINDS)
def test_declaration_is_complete(kind):
    cls = load_plugin("stimuli", kind)
    assert cls.kind == kind
    assert cls.title
    assert cls.__doc__
    names = [p.name for p in cls.parameters]
    assert len(names) == len(set(names))
    assert "onset" in names
    for p in cls.parameters:
        assert p.doc.endswith(".")
        assert p.source
        low, high = bounds(p)
        if p.default not in (REQUIRED, None) and low is not None:
            assert low <= parse_value(p, p.default) <= high
    if kind != "spike_file":
        assert to_si(cls.parameters, defaults(cls.parameters))
        assert cls.references


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("species", PREPARATIONS)
def test_drive_is_sound(kind, species):
    table, body = fibres(species)
    drive = make(kind).spikes(table, body, 3, kind)
    assert len(drive.time) > 50
    assert (np.diff(drive.time) >= 0).all()
    assert drive.fibre.dtype == np.int32
    assert drive.time.dtype == np.float64
    assert drive.origin.dtype == np.int8
    assert drive.start.dtype == np.float64
    assert len(drive.fibre) == len(drive.time) == len(drive.origin) == len(drive.start)
    assert (drive.start > 0).all()
    assert not of_class(drive, "descending").any()
    for f in np.unique(drive.fibre):
        assert np.diff(drive.time[drive.fibre == f]).min(initial=1) > 0.9e-3


@pytest.mark.parametrize("kind", DRAWN)
def test_same_seed_same_spikes_other_seed_or_name_other_spikes(kind):
    table, body = fibres()
    stimulus = make(kind)
    first = stimulus.spikes(table, body, 3, "a")
    again = make(kind).spikes(table, body, 3, "a")
    assert (first.time == again.time).all()
    assert (first.fibre == again.fibre).all()
    for seed, name in ((4, "a"), (3, "b")):
        other = stimulus.spikes(table, body, seed, name)
        assert len(other.time) != len(first.time) or (other.time != first.time).any()


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("species", ["human", "rat"])
def test_spikes_arrive_in_the_window(kind, species):
    table, body = fibres(species)
    stimulus = make(kind)
    drive = stimulus.spikes(table, body, 3, kind)
    start, stop = stimulus.window(body)
    classes = ("c",) if stimulus.noxious else ("abeta", "c")
    times = drive.time[of_class(drive, *classes)]
    inside = (times >= start - 2e-3) & (times <= stop)
    assert inside.mean() > 0.95


def test_noxious_window_is_that_of_c_fibres():
    body = load_preparation("rat")
    start, stop = make("pinch", onset="1 s", duration="2 s").window(body)
    assert start == pytest.approx(1 + 0.12 / 1.3)
    assert stop == pytest.approx(3 + 0.12 / 0.85)
    start, stop = make("brush", onset="1 s", duration="2 s").window(body)
    assert 1 < start < 1.01
    assert 3 < stop < 3.01
    assert not make("brush").noxious


def test_receptor_spikes_are_conducted_from_the_receptor():
    table, body = fibres()
    drive = make("pinch", onset="1 s", duration="2 s").spikes(table, body, 1, "pinch")
    begun = drive.time - drive.start / table.velocity[drive.fibre]
    assert begun.min() >= 1
    assert begun.max() <= 3
    assert (drive.start == body.receptor_to_cord.value).all()
    assert (drive.origin == NATURAL).all()
    assert not np.isin(drive.fibre, np.flatnonzero(table.role == "surround")).any()


def test_a_stronger_pinch_keeps_the_spikes_and_adds_more():
    table, body = fibres()
    counts = [
        np.count_nonzero(of_class(make("pinch", strength=s).spikes(table, body, 1, "p"), "c"))
        for s in ("25 %", "50 %", "100 %", "200 %")
    ]
    assert (np.diff(counts) > 0).all()


@pytest.mark.parametrize("kind", ["pressure", "probe"])
def test_pressure_is_noxious_from_50_mn_only(kind):
    table, body = fibres()
    light = make(kind, force="20 mN", duration="5 s")
    assert not light.noxious
    drive = light.spikes(table, body, 1, "p")
    # published: a thousandth of the rates at 400 mN, some ten spikes of 110 fibres in 5 s
    most = 30 if kind == "probe" else 0
    assert np.count_nonzero(of_class(drive, "c", "adelta")) <= most
    assert of_class(drive, "abeta").any()
    assert light.window(body)[0] < 0.25
    assert make(kind, force="100 mN").noxious


def test_probe_is_refused_beyond_the_published_time():
    parameters = load_plugin("stimuli", "probe").parameters
    duration = next(p for p in parameters if p.name == "duration")
    assert check_value(duration, "5 s")[1] is None
    fault = check_value(duration, "6 s")[1]
    assert (fault.code, fault.message) == (
        "E033",
        "6 s is outside the plausible range (10 ms to 5 s)",
    )


def test_brush_strokes_pause():
    table, body = fibres(scale=3)
    brush = make("brush", onset="0 s", duration="4 s", stroke_rate="1 Hz", fields=["centre"])
    drive = brush.spikes(table, body, 1, "b")
    phase = (drive.time - drive.start / table.velocity[drive.fibre]) % 1.0
    histogram = np.histogram(phase, bins=20, range=(0, 1))[0]
    assert histogram[6:10].min() > 100
    assert histogram[16:].max() == 0
    assert (table.role[drive.fibre] == "centre").all()


def test_ectopic_spikes_begin_at_the_injury_and_are_ongoing():
    table, body = fibres(scale=10)
    stimulus = make("ectopic", duration="200 s", abeta_share="5 %")
    drive = stimulus.spikes(table, body, 1, "e")
    assert (drive.origin == ECTOPIC).all()
    assert (drive.start == body.injury_to_cord.value).all()
    assert not stimulus.noxious
    c = of_class(drive, "c")
    firing = len(np.unique(drive.fibre[c])) / len(table.where("c"))
    assert 0.04 < firing < 0.085
    rate = c.sum() / 200 / len(np.unique(drive.fibre[c]))
    assert 0.35 < rate < 0.65
    assert drive.time.min() < 5
    firing = len(np.unique(drive.fibre[~c])) / len(table.where("abeta"))
    assert 0.03 < firing < 0.07


def test_volleys_are_one_spike_per_fibre_and_stimulus():
    table, body = fibres("rat")
    volley = make("volley", classes=["c"], rate="0.5 Hz", count=4, onset="1 s")
    assert volley.times() == pytest.approx([1, 3, 5, 7])
    drive = volley.spikes(table, body, 1, "v")
    assert np.bincount(drive.fibre, minlength=len(table))[table.where("c")].tolist() == [4] * 80
    assert not of_class(drive, "abeta", "adelta").any()
    first = drive.time[drive.time < 2.9] - 1
    assert first.mean() == pytest.approx((0.12 / table.velocity[table.where("c")]).mean(), rel=0.01)


def test_paired_volleys_and_their_fault():
    pair = make("volley", count=2, rate="1 Hz", interval="50 ms", onset="0 s")
    assert pair.times() == pytest.approx([0, 0.05, 1, 1.05])
    with pytest.raises(UnitError, match="falls on or after the next pair") as caught:
        make("volley", count=2, rate="10 Hz", interval="100 ms")
    assert caught.value.code == "E035"


def test_a_longer_train_keeps_the_shorter_one():
    table, body = fibres("rat")
    short = make("volley", count=2, classes=["c"]).spikes(table, body, 1, "v").time
    long = make("volley", count=5, classes=["c"]).spikes(table, body, 1, "v").time
    assert np.isin(short, long).all()


def test_volley_share_site_and_noxiousness():
    table, body = fibres("rat", scale=10)
    half = make("volley", count=1, classes=["abeta"], recruited="50 %", site="nerve")
    assert not half.noxious
    drive = half.spikes(table, body, 1, "v")
    assert 0.42 < len(drive.time) / 400 < 0.58
    assert (drive.start == body.pns_site_to_cord.value).all()
    assert (table.role[drive.fibre] == "centre").all()
    assert make("volley", classes=["adelta"]).noxious


def test_heat_below_threshold_is_silent_and_the_fault_of_a_peak():
    table, body = fibres()
    drive = make("heat_ramp", peak="38 degC").spikes(table, body, 1, "h")
    assert len(drive.time) == 0
    with pytest.raises(UnitError, match="must lie above the baseline") as caught:
        make("heat_ramp", peak="35 degC", baseline="36 degC")
    assert caught.value.code == "E035"


def test_heat_temperature_course():
    heat = make("heat_ramp", rate="5 degC/s", hold="2 s", cooling="15 degC/s", peak="47 degC")
    at = heat.temperature(np.array([0, 1, 3, 4.9, 5.5, 6.0, 9.0]))
    assert at == pytest.approx([32, 37, 47, 47, 39.5, 32, 32])
    assert heat.length() == pytest.approx(6)


def test_brush_shorter_than_its_stroke_is_a_fault():
    with pytest.raises(UnitError, match="longer than the stimulus"):
        make("brush", duration="1 s", stroke_rate="0.2 Hz")


def test_an_hour_needs_no_gigabytes():
    import tracemalloc

    table, body = fibres()
    stimulus = make("pinch", duration="1 h", abeta_rate="0 Hz", adelta_rate="0 Hz", c_rate="1 Hz")
    tracemalloc.start()
    stimulus.spikes(table, body, 1, "p")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6
