"""Made-up results, experiments and measures; what is asked of figures."""

import itertools
import json
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import made_measures
import made_records
import made_results
import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from gatecontrol.analysis.results import Results, open_results, write
from gatecontrol.experiment.assembly import assemble
from gatecontrol.experiment.kept import spike_trains
from gatecontrol.experiment.load import load
from gatecontrol.plugins import plugins

LABELS = {
    "scs": "SCS 50 Hz tonic",
    "tens": "TENS 2 Hz acupuncture-like, with a rather long name",
    "dbs": "DBS 20 Hz (PAG/PVG)",
}
SHARES = {"scs": 0.35, "tens": -0.02, "dbs": 0.5}
POPULATIONS = {
    "inhibitory_local": 100,
    "inhibitory_surround": 60,
    "excitatory": 100,
    "projection_deep": 60,
    "projection_lamina1": 30,
}
AFFERENTS = {"abeta_centre": 60, "abeta_surround": 60, "adelta": 40, "c": 160, "descending": 40}


def trial_key(trial):
    return json.dumps(trial, sort_keys=True)


def measured(rng, drive, share, volleys=None):
    rates = [drive, drive * (1 - share), drive * (1 - 0.4 * share)]
    rates = [rng.poisson(240 * max(rate, 0)) / 240 for rate in rates]
    found = {
        "pain_signal": rates,
        "pain_signal_lamina1": [0.7 * rate for rate in rates],
        "pain_spikes": [round(240 * rate) for rate in rates],
        "pain_spikes_lamina1": [round(84 * rate) for rate in rates],
        "rate": {name: [5.0, 8.0, 6.0] for name in POPULATIONS},
        "afferent_rate": {"abeta": [0.1, 50.0, 0.1], "c": [2.0, 2.0, 2.0]},
        "synchrony": [None, 0.6, None],
        "synchrony_status": ["too few", "", "too few"],
        "epoch_start": [1.5, 2.5, 7.7],
        "epoch_stop": [2.5, 7.7, 9.0],
        "evoked_start": 1.5,
        "evoked_stop": 8.8,
    }
    if volleys is not None:
        found["windup_spikes"] = list(volleys)
        found["windup_ratio"] = float(np.mean(volleys[-3:]) / volleys[0])
        found["windup_slope"] = float(np.polyfit(range(len(volleys)), volleys, 1)[0])
    return found


def payload(measures, device=None):
    found = {"measures": measures, "recruitment": {}, "report": {}, "warnings": []}
    found["provenance"] = {}
    if device:
        found["recruitment"] = {"abeta": 0.62, "adelta": 0.02, "c": 0.0}
        found["report"] = {
            "amplitude": 4.2e-3,
            "perception_threshold": float("nan") if device == "dbs" else 3.5e-3,
            "charge_per_phase": 1.26e-6,
            "charge_density": 0.1,
            "shannon_k": 0.9,
            "power": 1e-4,
            "pulse_rate": 50.0,
        }
        found["warnings"] = ["a doubtful thing"] if device == "scs" else []
        found["provenance"] = {"threshold": "A linear law; conductivities are assumed."}
    return found


def kept(rng, suppressed):
    """Return spikes of every fibre and cell: 10 /s each from 1.5 s on."""
    found = {}
    for name, size in {**AFFERENTS, **POPULATIONS}.items():
        rate = 10 * (1 - suppressed * ("projection" in name))
        count = rng.poisson(rate * size * 7)
        time = np.sort(rng.uniform(1.5, 8.5, count))
        neuron = rng.integers(0, size, count).astype(np.int32)
        found[name] = SimpleNamespace(size=size, neuron=neuron, time=time)
    return found


def build(name, arms, seeds, axis=None, *, device=True, volleys=False, spikes=False):
    """Assemble made-up results: `arms` times the values of `axis` times `seeds`."""
    points, payloads, trains = [], {}, {}
    steps = list(zip(axis.values, axis.numbers, strict=True)) if axis else [("", 1.0)]
    for arm in arms:
        for text, number in steps:
            for seed in range(1, seeds + 1):
                base = {
                    "preparation": "human",
                    "circuit": {"name": "gate", "conditions": ["injured"]},
                    "stimuli": [text],
                    "measures": [{"kind": "windup"}] if volleys else [],
                    "run": {"duration": 9.0, "device_on": 2.5, "device_off": 7.7},
                    "seed": seed,
                }
                on = base | {"device": {"kind": arm, "value": text} if device else None}
                off = base | {"device": None}
                rng = np.random.default_rng([seed, round(10 * number)])
                drive = 25 * rng.gamma(16, 1 / 16)
                grown = (3 + 0.6 * number * np.arange(8)).tolist() if volleys else None
                share = SHARES[arm] * number / (number + 30) if axis else SHARES[arm]
                payloads[trial_key(off)] = payload(measured(rng, drive, 0.0, grown))
                if device:
                    payloads[trial_key(on)] = payload(measured(rng, drive, share, grown), arm)
                places = {axis.name: text} if axis else {}
                points.append(made_results.Point(arm, seed, on, off, len(points), places))
                if spikes and seed == 1:
                    trains[trial_key(on)] = kept(rng, max(share, 0))
                    trains[trial_key(off)] = kept(rng, 0.0)
    experiment = SimpleNamespace(
        name=name,
        question="Which arm suppresses <b>most</b>?",
        look_for="The order.",
        control="device_off",
        warnings=(),
        arms={arm: SimpleNamespace(label=LABELS[arm]) for arm in arms},
    )
    axes = [axis] if axis else []
    tree = assemble(experiment, points, payloads, trial_key, axes=axes, spikes=trains)
    if spikes:  # they are in a file only
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.nc"
            write(tree, path, spike_trains(points, trial_key, trains))
            tree["spikes"] = open_results(path).tree["spikes"]
    return tree


def axis_of(name, path, values, unit):
    numbers = tuple(float(v.split()[0]) for v in values)
    return SimpleNamespace(name=name, path=path, values=values, numbers=numbers, unit=unit)


@pytest.fixture(scope="session")
def compared():
    """Three arms, eight seeds, spikes of the first seed."""
    return build("made_up", tuple(LABELS), 8, spikes=True)


@pytest.fixture(scope="session")
def swept():
    """One axis over frequency, two arms."""
    values = ("1 Hz", "10 Hz", "50 Hz", "80 Hz", "100 Hz", "200 Hz")
    axis = axis_of("device_frequency", "device.frequency", values, "Hz")
    return build("frequency", ("scs", "dbs"), 6, axis)


@pytest.fixture(scope="session")
def wound():
    """Wind-up at three rates, no device."""
    axis = axis_of("stimuli_0_rate", "stimuli[0].rate", ("0.2 Hz", "0.5 Hz", "1 Hz"), "Hz")
    return build("windup", ("scs",), 6, axis, device=False, volleys=True)


@pytest.fixture(scope="session")
def swept_kept():
    """One axis over frequency, two arms, spikes of the first seed."""
    axis = axis_of("device_frequency", "device.frequency", ("10 Hz", "50 Hz"), "Hz")
    return build("frequency", ("scs", "dbs"), 2, axis, spikes=True)


@pytest.fixture
def tree():
    """Two arms and one axis, six seeds, known numbers."""
    return made_results.build(*made_results.experiment())


@pytest.fixture
def results(compared, tmp_path):
    """`compared` with an experiment file and the record of a run."""
    return Results(compared, tmp_path, made_records.EXPERIMENT, made_records.RUN)


@pytest.fixture
def swept_results(swept_kept, tmp_path):
    """`swept_kept` with an experiment file and the record of a run."""
    return Results(swept_kept, tmp_path, made_records.EXPERIMENT, made_records.RUN)


# --- what is asked of every figure


def _visible_texts(figure):
    """Return (text, box in pixels) of everything that is written on a figure."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    hidden = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks() + axis.get_minor_ticks():
                if not (low <= tick.get_loc() <= high and ax.axison):
                    hidden |= {id(tick.label1), id(tick.label2)}
                hidden |= {id(t) for t in (tick.label1, tick.label2) if not t.get_visible()}
    found = []
    for text in figure.findobj(Text):
        words = text.get_text().strip()
        if words and text.get_visible() and id(text) not in hidden:
            found.append((words, text.get_window_extent(renderer)))
    return found


def _assert_legible(figure):
    texts = _visible_texts(figure)
    assert len(texts) > 5
    page = figure.bbox
    for words, box in texts:
        assert "$" not in words, f"{words!r} is a formula, which is drawn as it is"
        inside = box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1
        inside &= box.y0 >= page.y0 - 1 and box.y1 <= page.y1 + 1
        assert inside, f"{words!r} leaves the page: {box}"
    for (one, a), (other, b) in itertools.combinations(texts, 2):
        # A pixel of shared border is no overlap.
        wide = min(a.x1, b.x1) - max(a.x0, b.x0) > 1
        high = min(a.y1, b.y1) - max(a.y0, b.y0) > 1
        assert not (wide and high), f"{one!r} overlaps {other!r}"


def _assert_units(figure):
    labels = [ax.get_xlabel() for ax in figure.axes] + [ax.get_ylabel() for ax in figure.axes]
    labels = [label for label in labels if label and not label.startswith("Number of")]
    assert labels
    assert all("[" in label for label in labels), labels


@pytest.fixture(scope="session")
def visible_texts():
    return _visible_texts


@pytest.fixture(scope="session")
def assert_legible():
    return _assert_legible


@pytest.fixture(scope="session")
def assert_units():
    return _assert_units


def contrasts_of(data, p_adjusted=0.01, margin=None):
    """Return a group ``/contrasts`` with the layout of the results and simple numbers."""
    arms = data["arm"].values
    value = data["suppression_pooled"].values
    difference = value[:, None] - value[None]
    dims = ("arm", "arm_other", *data["suppression_pooled"].dims[1:])
    same = np.eye(len(arms), dtype=bool).reshape(len(arms), len(arms), *[1] * (value.ndim - 1))
    p = np.where(same, np.nan, np.full(difference.shape, p_adjusted))
    outer = data["suppression_pooled"].dims
    found = {
        "difference": (dims, np.where(same, np.nan, difference)),
        "difference_low": (dims, difference - 0.06),
        "difference_high": (dims, difference + 0.04),
        "difference_simultaneous_low": (dims, difference - 0.1),
        "difference_simultaneous_high": (dims, difference + 0.1),
        "difference_p_adjusted": (dims, p),
        "difference_effect_size": (dims, difference * 10),
        "detectable_difference": (dims, np.full(difference.shape, 0.03)),
        "p_value": (outer, np.full(value.shape, 0.002)),
        "p_adjusted": (outer, np.full(value.shape, 0.004)),
        "effect_size": (outer, value * 5),
        "effect_size_low": (outer, value * 4),
        "effect_size_high": (outer, value * 6),
        "status": (outer, np.full(value.shape, "", dtype=object)),
        "seeds_needed": (
            (*outer, "half_width"),
            np.stack([value * 0 + n for n in (99, 31, 8)], -1),
        ),
    }
    attributes = {"interval": "95 %, a bootstrap", "pairs": "every pair of arms"}
    if margin is not None:
        inside = np.where(np.abs(difference) + 0.1 < margin, "equivalent", "undecided")
        found["equivalent"] = (dims, inside.astype(object))
        attributes["equivalence_margin"] = margin
    group = xr.Dataset(found, attrs=attributes)
    return group.assign_coords(
        {d: data[d] for d in outer} | {"arm_other": arms, "half_width": [0.01, 0.02, 0.05]}
    )


@pytest.fixture(scope="session")
def made_up_contrasts():
    """A function that makes a group ``/contrasts`` for results."""
    return contrasts_of


# --- experiments and measures


@pytest.fixture(name="write")
def write_experiment(tmp_path, monkeypatch):
    """A function that writes a file where the test runs, and returns its name."""
    monkeypatch.chdir(tmp_path)

    def written(text, name="e.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return name

    return written


@pytest.fixture
def made_up_package(tmp_path, monkeypatch):
    """The package of made-up measures, installed."""
    (tmp_path / "made_up_measures.py").write_text(made_measures.SOURCE)
    info = tmp_path / "made_up-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up\nVersion: 0.1\n")
    names = {"bins": "Bins", "needs": "Needs", "mean_bins": "Mean", "nested": "Nested"}
    lines = [f"{key} = made_up_measures:{value}" for key, value in (names | {"not": "Not"}).items()]
    (info / "entry_points.txt").write_text("\n".join(["[gatecontrol.measures]", *lines]) + "\n")
    monkeypatch.syspath_prepend(tmp_path)
    plugins.cache_clear()
    yield
    plugins.cache_clear()
    sys.modules.pop("made_up_measures", None)


@pytest.fixture
def with_measures(made_up_package, tmp_path):
    """A function that loads an experiment with measures of the made-up package."""

    def loaded(measures, **more):
        path = tmp_path / "e.yaml"
        path.write_text(f"{made_measures.BASE}measures: {measures}\n" + "".join(more.values()))
        return load(path)

    return loaded
