"""Measures of another package: parameters, dimensions of their own, suppression, summaries."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

import gatecontrol
from gatecontrol.analysis.base import ALWAYS, Summary, Variable, load_measure
from gatecontrol.cli.browse import _measure as described
from gatecontrol.errors import ExperimentError, GatecontrolError
from gatecontrol.experiment import trial as trial_module
from gatecontrol.experiment.assembly import assemble
from gatecontrol.experiment.jsonschema import json_schema
from gatecontrol.experiment.load import load
from gatecontrol.experiment.measured import with_summary
from gatecontrol.experiment.measuring import summaries_of, trial_measures
from gatecontrol.experiment.outputs import references
from gatecontrol.experiment.plan import make_plan
from gatecontrol.experiment.sweep import points
from gatecontrol.plugins import plugins
from gatecontrol.units import UnitError

SOURCE = '''
"""Made-up measures."""

from gatecontrol.analysis.base import Dimension, Measure, Summary, Variable
from gatecontrol.errors import GatecontrolError
from gatecontrol.plugins import Parameter


class Bins(Measure):
    """Counts in bins."""

    name = "bins"
    parameters = (
        Parameter("bin", "time", "5 ms", "Width.", minimum="1 ms", maximum="1 s"),
        Parameter("count", "integer", 3, "How many.", minimum=1, maximum=100),
        Parameter("ends", "choices", ("a", "b"), "Ends.", choices=("a", "b", "c")),
    )
    variables = (
        Variable("bins", ("epoch", "bin"), "1", "Counts in bins", suppression="suppression_bins"),
        Variable("per_cell", ("cell", "bin"), "1", "Counts per cell"),
    )
    references = ("cutts2014",)

    @classmethod
    def check(cls, config):
        if config.get("count") == 7:
            return [("count", "E035", "seven is unlucky", "count: 8")]
        return []

    def dimensions(self):
        edges = tuple(self["bin"] * n for n in range(self["count"]))
        return (
            Dimension("bin", "s", "Time in the bin", edges),
            Dimension("cell", "1", "Cell", first=0),
        )

    def trial(self, context):
        return {"bins": [[0.0] * self["count"]] * 3, "per_cell": []}


class Needs(Measure):
    """A parameter without default."""

    name = "needs"
    parameters = (Parameter("level", "fraction", "required", "Level."),)
    variables = (Variable("needs", (), "1", "Needs"),)


class Mean(Summary):
    """The mean of bins."""

    name = "mean_bins"
    parameters = (Parameter("power", "number", 1.0, "Power."),)
    requires = ("bins", "pain_signal")
    variables = (Variable("mean_bins", (), "1", "Mean of the bins"),)
    references = ("goldberg1969",)

    def summary(self, data):
        if data.sizes["seed"] < 2:
            raise GatecontrolError("it needs two seeds")
        mean = data["bins"].mean("seed") ** self["power"]
        import xarray as xr

        return xr.Dataset({"mean_bins": mean, "mean_bins_status": ((), "")})


class Nested(Summary):
    """Requires a summary."""

    name = "nested"
    requires = ("mean_bins",)
    variables = (Variable("nested", (), "1", "Nested"),)


class Not:
    """No measure."""

    name = "not"
    parameters = ()
    check = staticmethod(lambda config: [])
'''
BASE = """schema: 1
stimuli:
  - {kind: volley, onset: 0.2 s, count: 3}
run: {duration: 4 s}
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "made_up_measures.py").write_text(SOURCE)
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
def laid(own, tmp_path):
    def loaded(measures, **more):
        path = tmp_path / "e.yaml"
        path.write_text(f"{BASE}measures: {measures}\n" + "".join(more.values()))
        return load(path)

    return loaded


# --- parameters


def test_a_name_and_a_mapping_without_parameters_are_the_same_trial(laid):
    bare, mapping = laid("[bins]"), laid("[{kind: bins}]")
    assert trial_measures(bare) == trial_measures(mapping)
    assert trial_measures(bare) == [{"kind": "bins", "bin": 0.005, "count": 3, "ends": ["a", "b"]}]


def test_values_are_si_in_the_trial_however_they_were_typed(laid):
    typed = [laid(f"[{{kind: bins, bin: {text}}}]") for text in ("2 ms", "0.002 s", "2000 us")]
    trials = [points(one)[0].trial for one in typed]
    assert trials[0] == trials[1] == trials[2]
    assert trials[0]["measures"][0]["bin"] == 0.002
    assert json.loads(json.dumps(trials[0])) == trials[0]
    assert len({make_plan(one, "numpy").tasks[0].key for one in typed}) == 1
    other = make_plan(laid("[{kind: bins, bin: 3 ms}]"), "numpy")
    assert other.tasks[0].key != make_plan(typed[0], "numpy").tasks[0].key


def test_an_edited_measure_of_another_package_is_another_trial(laid, tmp_path):
    from gatecontrol.experiment.trial import _plugin_digest

    before = make_plan(laid("[bins]"), "numpy").tasks[0].key
    (tmp_path / "made_up_measures.py").write_text(SOURCE + "\n# edited\n")
    _plugin_digest.cache_clear()
    assert make_plan(laid("[bins]"), "numpy").tasks[0].key != before
    _plugin_digest.cache_clear()


@pytest.mark.parametrize(
    ("measures", "code", "at", "message"),
    [
        (
            "[{kind: bins, bin: 5 mV}]",
            "E024",
            "5:30",
            "measures[0].bin: '5 mV' is a voltage, a time is needed",
        ),
        (
            "[{kind: bins, bin: 5 s}]",
            "E033",
            "5:30",
            "measures[0].bin: 5 s is outside the plausible range (1 ms to 1 s)",
        ),
        (
            "[{kind: bins, bn: 5 ms}]",
            "E001",
            "5:25",
            "measures[0].bn: unknown parameter of measure 'bins'. Did you mean 'bin'?",
        ),
        ("[{kind: bins, count: 7}]", "E035", "5:32", "measures[0].count: seven is unlucky"),
        ("[needs]", "E002", "5:12", "measures[0]: the measure 'needs' needs 'level'"),
        (
            "[windup, bins, {kind: bins}]",
            "E035",
            "5:33",
            "measures[2].kind: measures[1] is 'bins' already; a measure is taken once",
        ),
    ],
)
def test_faults_are_told_where_they_were_typed(laid, measures, code, at, message):
    with pytest.raises(ExperimentError) as caught:
        laid(measures)
    (problem,) = caught.value.problems
    assert (problem.code, f"{problem.line}:{problem.column}") == (code, at)
    assert f"{problem.path}: {problem.message}".startswith(message)


def test_all_faults_of_a_measure_come_at_once(laid):
    with pytest.raises(ExperimentError) as caught:
        laid("[{kind: bins, bin: 5, count: 0.5}, wind_up]")
    assert [p.code for p in caught.value.problems] == ["E021", "E032", "E012"]


def test_a_parameter_can_be_set_on_the_command_line(laid, tmp_path):
    laid("[{kind: bins, bin: 5 ms}]")
    found = load(tmp_path / "e.yaml", ["measures[0].bin=20 ms"])
    assert trial_measures(found)[0]["bin"] == 0.02
    with pytest.raises(ExperimentError, match=r"--set:1:17: error\[E033\]: measures\[0\]\.bin"):
        load(tmp_path / "e.yaml", ["measures[0].bin=20 s"])


def test_the_resolved_file_holds_the_defaults_and_gives_the_same_trial(laid, tmp_path):
    first = laid("[windup, {kind: bins, bin: 2 ms}, mean_bins]")
    text = first.resolved()
    assert "  - windup\n" in text
    assert "  - {kind: bins, bin: 2 ms, count: 3, ends: [a, b]}\n" in text
    (tmp_path / "again.yaml").write_text(text)
    again = load(tmp_path / "again.yaml")
    assert [p.trial for p in points(again)] == [p.trial for p in points(first)]


def test_the_schema_takes_names_and_mappings(own):
    import jsonschema

    schema = json_schema()
    validator = jsonschema.Draft202012Validator(schema)

    def wrong(measures):
        document = {"schema": 1, "run": {"duration": "1 s"}, "measures": measures}
        return [list(e.absolute_path) for e in validator.iter_errors(document)]

    assert wrong(["windup", {"kind": "bins", "bin": "5 ms"}, {"kind": "mean_bins"}]) == []
    assert wrong([{"kind": "bins", "bin": "5 mV"}]) == [["measures", 0, "bin"]]
    assert wrong(["needs"]) == [["measures", 0]]
    assert wrong([{"kind": "needs"}]) == [["measures", 0]]
    assert wrong([{"kind": "bins", "wrong": 1}]) != []
    assert wrong(["wind_up"]) == [["measures", 0]]


def test_describe_shows_parameters_and_dimensions(own):
    found = described("bins")
    assert found["parameters"][0]["parameter"] == "bin"
    assert found["dimensions"] == [
        {
            "dimension": "bin",
            "units": "s",
            "labels": "0, 0.005, 0.01",
            "meaning": "Time in the bin",
        },
        {"dimension": "cell", "units": "1", "labels": "counted", "meaning": "Cell"},
    ]
    assert described("mean_bins")["requires"] == ["bins", "pain_signal"]


def test_a_measure_reads_text_and_si(own):
    measure = plugins("measures")["bins"].load()
    assert measure()["bin"] == 0.005
    assert measure.from_config({"kind": "bins", "bin": "7 ms"})["bin"] == 0.007
    assert repr(measure()) == "Bins(bin=0.005, count=3, ends=('a', 'b'))"
    with pytest.raises(UnitError, match="count: seven is unlucky"):
        measure.from_config({"count": 7})
    assert load_measure({"kind": "bins", "bin": 0.1})["count"] == 3
    with pytest.raises(GatecontrolError, match="the measure 'not' is no subclass of Measure"):
        load_measure({"kind": "not"})


def test_measures_are_declared_without_numpy():
    code = (
        "import sys, gatecontrol.analysis.measures, gatecontrol.experiment.measuring\n"
        + "print(sorted({'numpy', 'scipy', 'xarray', 'brian2'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_what_a_trial_depends_on_is_there_to_be_digested():
    package = Path(gatecontrol.__file__).parent
    assert all((package / room).exists() for room in trial_module._ROOMS)
    covered = {p for room in trial_module._ROOMS for p in trial_module._sources(package / room)}
    code = {package / "analysis" / "spike_trains.py", package / "analysis" / "base.py"}
    assert code | set((package / "analysis" / "measures").glob("*.py")) <= covered


# --- dimensions and suppression


@dataclass
class Point:
    arm: str
    seed: int
    trial: dict
    control: dict
    index: int = 0
    axes: dict = field(default_factory=dict)


def key(trial):
    return f"{trial['device']}-{trial['seed']}"


def payload(**measures):
    found = {"rate": {"deep": [1.0, 1.0, 1.0]}, "pain_signal": [1.0, 1.0, 1.0]}
    return {"measures": found | measures}


def assembled(measures, payloads, seeds=2, summaries=()):
    trials = {
        (device, seed): {
            "preparation": "rat",
            "circuit": {"name": "gate"},
            "device": device,
            "measures": measures,
            "seed": seed,
        }
        for device in ({"kind": "scs"}["kind"], None)
        for seed in range(1, seeds + 1)
    }
    for trial in trials.values():
        trial["device"] = {"kind": "scs"} if trial["device"] else None
    laid = [Point("scs", s, trials["scs", s], trials[None, s], s - 1) for s in range(1, seeds + 1)]
    experiment = SimpleNamespace(name="made_up", measures=summaries)
    found = {
        key(trial): payloads(bool(trial["device"]), trial["seed"]) for trial in trials.values()
    }
    return assemble(experiment, laid, found, key, axes=[]).to_dataset()


def bins(on, seed):
    cells = [[1.0 * c] * 3 for c in range(seed + 1)]
    row = [4.0, 0.0, 2.0] if on else [8.0, 0.0, 2.0]
    note = {"0.005": "silent", "0.01": ""} if on else ["no such epoch", "", ""]
    return payload(bins=[None, row, row], per_cell=cells, bins_status=note)


def test_dimensions_of_a_measure_become_coordinates(own):
    data = assembled([{"kind": "bins", "bin": 0.005, "count": 3}], bins)
    assert data["bin"].values.tolist() == [0.0, 0.005, 0.01]
    assert data["bin"].attrs == {"units": "s", "long_name": "Time in the bin"}
    # As long as the longest: seed 2 has three cells, seed 1 two, then NaN.
    assert data["cell"].values.tolist() == [0, 1, 2]
    assert data["per_cell"].dims == ("arm", "seed", "cell", "bin")
    assert np.isnan(data["per_cell"].sel(seed=1, cell=2)).all()
    assert data["per_cell"].sel(arm="scs", seed=2, cell=2, bin=0.01) == 2.0


def test_a_variable_that_declares_a_suppression_has_it(own):
    data = assembled([{"kind": "bins"}], bins, seeds=5)
    assert data["suppression_bins"].dims == ("arm", "seed", "epoch", "bin")
    during = data.sel(arm="scs", epoch="during")
    np.testing.assert_array_equal(during["suppression_bins"].sel(seed=1), [0.5, np.nan, 0.0])
    np.testing.assert_array_equal(during["suppression_bins_pooled"], [0.5, np.nan, 0.0])
    assert during["suppression_bins_low"].dims == ("bin",)
    assert str(during["suppression_bins_status"].values[1]) == "the control fires no spike"
    assert data["suppression_bins"].attrs["long_name"] == "Suppression of Counts in bins"
    status = str(during["status"].sel(seed=1).values)
    assert "suppression_bins (0.005): the control fires no spike" in status
    assert "bins: 0.005: silent" in status
    assert "bins_off: no such epoch" in str(data["status"].sel(epoch="before", seed=1).values[0])


def test_two_measures_with_one_variable_are_refused(own, monkeypatch):
    bad = plugins("measures")["needs"].load()
    monkeypatch.setattr(bad, "variables", (Variable("bins", (), "1", "Same name"),))
    with pytest.raises(GatecontrolError, match="'bins' and 'needs' both declare 'bins'; take one"):
        assembled([{"kind": "bins"}, {"kind": "needs", "level": 0.5}], bins)


def test_two_measures_that_disagree_on_a_dimension_are_refused(own, monkeypatch):
    measure = plugins("measures")["bins"].load()
    other = plugins("measures")["needs"].load()
    monkeypatch.setattr(
        other, "dimensions", lambda self: measure({"bin": 1.0, "count": 1}).dimensions()
    )
    match = "'bins' and 'needs' declare the dimension 'bin' in two ways"
    with pytest.raises(GatecontrolError, match=match):
        assembled([{"kind": "bins"}, {"kind": "needs", "level": 0.5}], bins)


def test_a_name_that_the_results_have_is_refused(own, monkeypatch):
    bad = plugins("measures")["needs"].load()
    monkeypatch.setattr(bad, "variables", (Variable("seed", (), "1", "Seed"),))
    with pytest.raises(GatecontrolError, match="'seed' is a dimension of the results, and"):
        assembled([{"kind": "needs", "level": 0.5}], bins)


# --- summaries


def test_a_summary_adds_what_it_requires_and_is_no_part_of_the_trial(laid):
    with_it, without = laid("[mean_bins]"), laid("[bins]")
    assert [m["kind"] for m in trial_measures(with_it)] == ["bins"]
    assert [p.trial for p in points(with_it)] == [p.trial for p in points(without)]
    own_bins = laid("[mean_bins, {kind: bins, bin: 9 ms}]")
    assert trial_measures(own_bins)[0]["bin"] == 0.009
    assert [type(s).__name__ for s in summaries_of(with_it)] == ["Mean"]
    assert [m["power"] for m in summaries_of(laid("[{kind: mean_bins, power: 2}]"))] == [2.0]


def test_a_summary_is_cited(laid):
    experiment = laid("[mean_bins]")
    plan = make_plan(experiment, "numpy")
    assert "cutts2014" in references(plan, summaries_of(experiment))


def test_a_summary_may_not_require_a_summary(laid):
    match = "the measure 'nested' requires 'mean_bins', which is a summary too"
    with pytest.raises(GatecontrolError, match=match):
        points(laid("[nested]"))


def test_a_summary_is_merged_after_the_suppression(own):
    data = assembled([{"kind": "bins"}], bins, summaries=("mean_bins",))
    assert data["mean_bins"].dims == ("arm", "epoch", "bin")
    assert data["mean_bins"].sel(arm="scs", epoch="during").values.tolist() == [4.0, 0.0, 2.0]
    assert data["mean_bins"].attrs["long_name"] == "Mean of the bins"
    assert data["mean_bins_status"].attrs["long_name"] == "Mean of the bins: why it is missing"
    assert data.attrs["title"] == "made_up"


def test_a_summary_that_cannot_be_computed_is_nan_with_its_reason(own):
    data = assembled([{"kind": "bins"}], bins, seeds=1, summaries=("mean_bins",))
    assert np.isnan(data["mean_bins"])
    assert str(data["mean_bins_status"].values) == "it needs two seeds"


def summary(returned):
    class Made(Summary):
        """Returns what it is told."""

        name = "made"
        variables = (Variable("made", (), "1", "Made"),)

        def summary(self, data):
            return returned(data)

    return Made()


ROOT = xr.Dataset({"x": ("seed", [1.0, 2.0], {"units": "1", "long_name": "x"})}, {"seed": [1, 2]})


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda _: 1 / 0, "'made' failed when the results were summarised: ZeroDivisionError"),
        (lambda _: 3, "'made' must return a Dataset, not int"),
        (lambda _: xr.Dataset({"made": 1.0}), "'made' does not return made_status"),
        (
            lambda _: xr.Dataset({"made": 1.0, "made_status": "", "x": 2.0}),
            "'made' returns 'x', which the results have already",
        ),
        (
            lambda _: xr.Dataset({"made": 1.0, "made_status": "", "y": 2.0}),
            "'made' returns 'y' without units and long_name",
        ),
        (
            lambda _: xr.Dataset({"made": ("seed", [1.0]), "made_status": ""}),
            "'made' does not fit the results: ",
        ),
        (
            lambda _: xr.Dataset({"made": ("seed", [1.0]), "made_status": ""}, {"seed": [3]}),
            "'made' does not fit the results: ",
        ),
    ],
)
def test_a_summary_that_breaks_its_promise_is_named(returned, message):
    with pytest.raises(GatecontrolError, match=f"the measure {message}"):
        with_summary(ROOT, summary(returned))


def test_always_taken_measures_take_no_parameters():
    # else a file could not say them without asking for another trial
    assert all(not plugins("measures")[name].load().parameters for name in ALWAYS)
