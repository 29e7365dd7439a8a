"""The merge of natural and evoked spikes."""

import re

import numpy as np
import pytest

from gatecontrol.fibres.classes import REFRACTORY
from gatecontrol.fibres.drive import DEVICE, ECTOPIC, NATURAL, AfferentDrive
from gatecontrol.fibres.merge import combine, drop_refractory, merge
from gatecontrol.fibres.population import FibreTable

INF = float("inf")


def table(velocity, length=1.0, fibre_class="abeta", n=1):
    return FibreTable(
        np.full(n, fibre_class),
        np.full(n, "centre"),
        np.full(n, "x"),
        np.full(n, 1e-5),
        np.full(n, float(velocity)),
        np.full(n, float(length)),
    )


def drive(fibres, fibre, begun, start, origin, **more):
    """Return a drive of spikes given by their beginnings."""
    fibre = np.asarray(fibre, dtype=np.int32)
    start = np.broadcast_to(np.asarray(start, dtype=float), fibre.shape)
    time = np.asarray(begun, dtype=float) + np.abs(start) / fibres.velocity[fibre]
    order = np.lexsort((fibre, time))
    return AfferentDrive(
        fibres,
        fibre[order],
        time[order],
        np.full(len(order), origin, dtype=np.int8),
        start[order],
        **more,
    )


def brute_force(spikes, v, length, dead):
    """Return fates of spikes (begun, start, device) on one fibre, by a plain event list.

    Waves are dicts; at each turn the earliest of all conceivable meetings and beginnings
    happens. Nothing is shared with the package's algorithm but the physics.
    """
    waves = []
    fate = ["refused"] * len(spikes)
    order = sorted(range(len(spikes)), key=lambda k: (spikes[k][0], spikes[k][2]))

    def position(wave, t):
        return wave["x"] + wave["way"] * v * (t - wave["t"])

    def meeting(a, b):
        """Return when outward wave a meets inward wave b."""
        if a["end"] < INF or b["end"] < INF or a["k"] == b["k"]:
            return INF
        t0 = max(a["t"], b["t"])
        gap = position(b, t0) - position(a, t0)
        return t0 + gap / (2 * v) if gap >= 0 else INF

    def run(until):
        while True:
            out = [w for w in waves if w["way"] == 1]
            inn = [w for w in waves if w["way"] == -1]
            pairs = [(meeting(a, b), i, j) for i, a in enumerate(out) for j, b in enumerate(inn)]
            pairs = [p for p in pairs if p[0] < INF and p[0] <= until]
            if not pairs:
                return
            t, i, j = min(pairs)
            out[i]["end"] = inn[j]["end"] = t

    for k in order:
        t, x, device = spikes[k]
        run(t)
        blocked = False
        for w in waves:
            passed = w["t"] + w["way"] * (x - w["x"]) / v
            real = w["t"] - 1e-15 <= passed <= min(w["end"], t) + 1e-15
            if real and t - passed < dead and (device or w["device"]):
                blocked = True
        if blocked:
            continue
        fate[k] = "annihilated"
        waves.append({"t": t, "x": x, "way": -1, "end": INF, "k": k, "device": device})
        if device:
            waves.append({"t": t, "x": x, "way": 1, "end": INF, "k": k, "device": device})
    run(INF)
    for w in waves:
        k, start = w["k"], spikes[w["k"]][1]
        horn = w["t"] + abs(start) / v
        towards = w["way"] == (-1 if start > 0 else 1)
        if towards and horn <= w["end"]:
            fate[k] = "delivered"
    return fate


@pytest.mark.parametrize("seed", range(40))
def test_merge_agrees_with_brute_force(seed):
    rng = np.random.default_rng(seed)
    v = rng.choice([0.8, 15.0, 60.0])
    length = 1.0
    sites = ([0.5], [-0.1], [0.2, 0.6], [-0.3, 0.4])[seed % 4]
    cross = length / v
    span = 12 * cross
    dead = REFRACTORY["abeta"]
    natural = np.cumsum(dead + rng.exponential(cross * rng.choice([0.3, 1, 3]), 30))
    natural = natural[natural < span]
    evoked = np.sort(rng.uniform(0, span, 30))
    where = rng.choice(sites, len(evoked))
    fibres = table(v, length)
    a = drive(fibres, np.zeros(len(natural), int), natural, length, NATURAL)
    b = drive(fibres, np.zeros(len(evoked), int), evoked, where, DEVICE)
    spikes = [(t, length, False) for t in natural]
    spikes += [(t, x, True) for t, x in zip(evoked, where, strict=True)]
    fate = brute_force(spikes, v, length, dead)
    merged = merge(a, b)
    for origin, offset, count in ((NATURAL, 0, len(natural)), (DEVICE, len(natural), len(evoked))):
        expected = [
            spikes[k][0] + abs(spikes[k][1]) / v
            for k in range(offset, offset + count)
            if fate[k] == "delivered"
        ]
        assert merged.time[merged.origin == origin] == pytest.approx(sorted(expected), abs=1e-12)
    assert "annihilated" in fate


def counts(merged):
    """Return lost natural and device spikes by collision and by refractoriness."""
    numbers = []
    for key in ("collision", "refractory"):
        numbers += [int(n) for n in re.findall(r"(\d+) of \d+", merged.provenance[key])]
    return numbers


def test_every_spike_is_accounted_for():
    rng = np.random.default_rng(3)
    fibres = table(40.0, n=20)
    natural = drive(fibres, rng.integers(0, 20, 3000), rng.uniform(0, 10, 3000), 1.0, NATURAL)
    natural = combine([natural], fibres)
    device = drive(fibres, rng.integers(0, 10, 9000), rng.uniform(0, 10, 9000), -0.1, DEVICE)
    merged = merge(natural, device)
    hit_n, hit_d, refused_n, refused_d = counts(merged)
    assert hit_n > 0
    assert hit_d > 0
    assert refused_d > 0
    assert hit_n + refused_n + (merged.origin == NATURAL).sum() == len(natural.time)
    assert hit_d + refused_d + (merged.origin == DEVICE).sum() == len(device.time)
    assert (np.diff(merged.time) >= 0).all()
    # Fibres without a device spike keep all their traffic, with the same times.
    for f in (10, 19):
        assert (merged.time[merged.fibre == f] == natural.time[natural.fibre == f]).all()
    assert np.isin(merged.time[merged.origin == NATURAL], natural.time).all()


def test_horn_spikes_of_a_fibre_are_a_refractory_period_apart():
    rng = np.random.default_rng(4)
    fibres = table(60.0, n=3)
    natural = combine(
        [drive(fibres, rng.integers(0, 3, 900), rng.uniform(0, 5, 900), 1.0, NATURAL)], fibres
    )
    for site in (-0.1, 0.3):
        device = drive(fibres, rng.integers(0, 3, 2000), rng.uniform(0, 5, 2000), site, DEVICE)
        merged = merge(natural, device)
        for f in range(3):
            assert np.diff(merged.time[merged.fibre == f]).min() > REFRACTORY["abeta"] * (1 - 1e-9)


def test_without_device_the_natural_drive_is_unchanged():
    fibres = table(50.0)
    natural = drive(fibres, [0, 0], [0.1, 0.2], 1.0, NATURAL)
    assert merge(natural, None) is natural
    silent = drive(fibres, [], [], 0.5, DEVICE, report={"amplitude": 0.0}, warnings=("w",))
    merged = merge(natural, silent)
    for name in ("fibre", "time", "origin", "start"):
        assert getattr(merged, name) is getattr(natural, name)
    assert merged.report == {"amplitude": 0.0}
    assert merged.warnings == ("w",)


@pytest.mark.parametrize(
    ("arrival", "natural_arrives", "device_arrives"),
    [
        (0.080, True, True),  # passed the lead long before the pulse
        (0.0987, True, False),  # passes the lead 0.3 ms before the pulse: site refractory
        (0.0999, True, False),  # meets the pulse between terminal and lead
        (0.1009, True, False),
        (0.1011, False, True),  # meets it on the nerve
        (0.130, False, True),
        (0.1409, False, True),
        (0.1419, False, True),  # would begin 0.9 ms after the wave reached the receptor
        (0.1421, True, True),  # begins later than that
    ],
)
def test_one_natural_spike_against_one_dorsal_column_spike(
    arrival, natural_arrives, device_arrives
):
    # Lead 0.05 m rostral, 1 ms from the terminal; receptor 1 m, 20 ms away.
    fibres = table(50.0)
    natural = drive(fibres, [0], [arrival - 0.02], 1.0, NATURAL)
    device = drive(fibres, [0], [0.1], -0.05, DEVICE)
    merged = merge(natural, device)
    assert (NATURAL in merged.origin) == natural_arrives
    assert (DEVICE in merged.origin) == device_arrives


def test_one_wave_erases_one_spike_only():
    fibres = table(50.0)
    natural = drive(fibres, [0, 0, 0], [0.095, 0.098, 0.101], 1.0, NATURAL)
    merged = merge(natural, drive(fibres, [0], [0.1], 0.5, DEVICE))
    assert merged.time[merged.origin == NATURAL] == pytest.approx([0.118, 0.121])


def test_spikes_from_central_of_the_site_are_not_erased():
    fibres = table(1.0, fibre_class="c")
    ectopic = drive(fibres, np.zeros(20, int), np.arange(20) * 0.11, 0.1, ECTOPIC)
    device = drive(fibres, np.zeros(200, int), np.arange(200) * 0.0101, 0.5, DEVICE)
    merged = merge(ectopic, device)
    hit, _, refused, _ = counts(merged)
    assert hit == 0
    assert refused <= 8
    assert (merged.origin == ECTOPIC).sum() == 20 - refused


def test_ectopic_spikes_erase_natural_ones_when_stimuli_are_combined():
    fibres = table(1.0, fibre_class="c", n=2)
    natural = drive(fibres, [0, 0, 1], [0.0, 2.0, 0.0], 1.0, NATURAL)
    ectopic = drive(fibres, [0], [0.1], 0.5, ECTOPIC)
    both = combine([natural, ectopic], fibres)
    assert both.fibre.tolist() == [0, 1, 0]
    assert both.origin.tolist() == [ECTOPIC, NATURAL, NATURAL]
    assert "1 of 3" in both.provenance["ectopic"]


def test_combine_keeps_stimuli_a_refractory_period_apart():
    fibres = table(50.0)
    a = drive(fibres, [0, 0], [0.0, 0.01], 1.0, NATURAL, warnings=("a",))
    b = drive(fibres, [0, 0], [0.0004, 0.0112], 1.0, NATURAL, warnings=("a", "b"))
    both = combine([a, b], fibres)
    assert both.time == pytest.approx([0.02, 0.03, 0.0312])
    assert both.warnings == ("a", "b")
    assert len(combine([], fibres).time) == 0


def test_combining_one_clean_drive_changes_nothing():
    fibres = table(50.0)
    a = drive(fibres, [0, 0], [0.0, 0.01], 1.0, NATURAL)
    again = combine([a], fibres)
    assert (again.time == a.time).all()
    assert again.time.dtype == np.float64
    assert again.fibre.dtype == np.int32


def test_drop_refractory_is_the_plain_loop():
    rng = np.random.default_rng(5)
    fibre = np.repeat(np.arange(5), 200)
    time = np.sort(rng.uniform(0, 1, (5, 200)), axis=1).ravel()
    dead = np.repeat([0.001, 0.005, 0.02, 0.1, 0.0], 200)
    expected = []
    for f in range(5):
        last = -INF
        for t, r in zip(time[fibre == f], dead[fibre == f], strict=True):
            expected.append(t - last >= r)
            last = t if expected[-1] else last
    assert drop_refractory(fibre, time, dead).tolist() == expected


def test_drives_of_other_fibres_are_refused():
    a = drive(table(50.0), [0], [0.0], 1.0, NATURAL)
    b = drive(table(50.0, n=2), [0], [0.0], 0.5, DEVICE)
    with pytest.raises(ValueError, match="a device drive on 2 fibres, not 1"):
        merge(a, b)
    with pytest.raises(ValueError, match="a drive on 1 fibres, not 2"):
        combine([a], b.fibres)


def test_collision_works_where_compiled_code_cannot_be_stored(monkeypatch):
    import importlib.util

    import gatecontrol.fibres.collision as stored
    from gatecontrol.fibres import compiled

    def njit(function, cache=False):
        if cache:  # what numba says where it finds no folder that it may write to
            raise RuntimeError("cannot cache function: no locator available")
        return function

    monkeypatch.setattr(compiled, "njit", njit)
    spec = importlib.util.spec_from_file_location("collision_without_cache", stored.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module._kernel is not stored._kernel
    one = np.array([50.0]), np.array([1.0]), np.array([1e-3])
    spikes = np.zeros(2, int), np.array([0.0, 0.001]), np.array([1.0, 0.5]), np.array([False, True])
    assert module.collide(*spikes, *one).tolist() == [module.ANNIHILATED, module.DELIVERED]
