"""Shipped files, mutated: faults are told, never a traceback, never an unknown key let by."""

import copy
import json

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gatecontrol.errors import ExperimentError
from gatecontrol.experiment.load import load, shipped_experiments
from gatecontrol.experiment.schema import Experiment
from gatecontrol.experiment.sweep import axes, points
from gatecontrol.yamlfile import read_yaml

SHIPPED = {name: read_yaml(path).data for name, path in shipped_experiments().items()}
FREE = ("set",)  # keys below are names of the user's or the circuit's own

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from(
        [
            "50 Hz", "-50 Hz", "50", "3 ms", "0 s", "1e400 s", "nan s", "12 mV", "120 %PT", "5 MA",
            "95 % recruited(abeta)", "scs", "none", "pinch", "gate", "injured", "", " ", "default",
            "device_off", "../../etc/passwd", "/dev/zero", "a: b", "{x}", "%s %d {0}", "tonic", "µ",
            "1 h", "2 h", "[1]", "burst_dr", "é\u2028\u0007", "x" * 300,
        ]
    ),
    st.lists(st.sampled_from(["50 Hz", "1 s", 3, None, "x"]), max_size=3),
    st.dictionaries(st.sampled_from(["kind", "a"]), st.sampled_from([1, "scs"]), max_size=2),
)  # fmt: skip
KEYS = st.one_of(
    st.sampled_from([
        "kind",
        "name",
        "duration",
        "device",
        "sweep",
        "zip",
        "list",
        "run.dt",
        "device.frequency",
        "programme",
    ]),
    st.text(alphabet="abdefkinrsuvy_.[]0 '\"{}:#-", max_size=12),
)


def places(data, path=()):
    """Yield the path of every mapping and list of some data."""
    if isinstance(data, dict | list):
        yield path
        inside = data.items() if isinstance(data, dict) else enumerate(data)
        for key, value in inside:
            yield from places(value, (*path, key))


def at(data, path):
    for key in path:
        data = data[key]
    return data


@st.composite
def mutated(draw):
    """Draw a shipped file with one to three mutations: rename, insert, delete, change."""
    name = draw(st.sampled_from(sorted(SHIPPED)))
    data = copy.deepcopy(SHIPPED[name])
    for _ in range(draw(st.integers(1, 3))):
        box = at(data, draw(st.sampled_from(sorted(places(data), key=repr))))
        action = draw(st.sampled_from(["rename", "insert", "delete", "change", "swap"]))
        keys = list(box) if isinstance(box, dict) else list(range(len(box)))
        if action == "insert" or not keys:
            if isinstance(box, dict):
                box[draw(KEYS)] = draw(VALUES)
            else:
                box.append(draw(VALUES))
            continue
        key = draw(st.sampled_from(keys))
        if action == "rename" and isinstance(box, dict):
            old = str(key)
            cut = draw(st.integers(0, len(old)))
            box[old[:cut] + draw(st.sampled_from("ae_x")) + old[cut + 1 :]] = box.pop(key)
        elif action == "delete":
            del box[key]
        elif action == "swap" and len(keys) > 1:
            other = draw(st.sampled_from(keys))
            box[key], box[other] = copy.deepcopy(box[other]), copy.deepcopy(box[key])
        else:
            box[key] = draw(VALUES)
    return data


def as_yaml(data):
    """Return data as flow YAML: JSON, with YAML's own spelling of what JSON lacks."""

    def text(value):
        if isinstance(value, dict):
            return "{" + ", ".join(f"{json.dumps(k)}: {text(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(text(v) for v in value) + "]"
        if isinstance(value, float) and value != value:
            return ".nan"
        if isinstance(value, float) and abs(value) == float("inf"):
            return ".inf" if value > 0 else "-.inf"
        return json.dumps(value)

    return text(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


SETTINGS = settings(
    max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


@SETTINGS
@given(mutated())
def test_mutations_are_read_or_refused(folder, data):
    path = folder / "mutated.yaml"
    path.write_text(as_yaml(data), encoding="utf-8")
    try:
        experiment = load(path)
    except ExperimentError as error:
        assert error.problems  # noqa: PT017
        for problem in error.problems:
            assert problem.file == str(path), problem  # noqa: PT017
            assert str(problem)  # noqa: PT017
            assert "Error(" not in problem.message  # noqa: PT017
        return
    assume(len(experiment.seeds) < 100)
    laid = points(experiment)
    assert len(axes(experiment)) == len(laid[0].axes)
    json.dumps([p.trial for p in laid[:3]])
    again = folder / "again.yaml"
    again.write_text(experiment.resolved(), encoding="utf-8")
    assert [p.trial for p in points(load(again))] == [p.trial for p in laid]


UNKNOWN = st.sampled_from(["zzz", "durationn", "Kind", "frequency ", "devices", "onset_", "x.y"])


@st.composite
def with_unknown_key(draw):
    """Draw a shipped file and put a key into one of its mappings that does not exist there."""
    name = draw(st.sampled_from(sorted(SHIPPED)))
    data = copy.deepcopy(SHIPPED[name])
    boxes = [p for p in places(data) if isinstance(at(data, p), dict)]
    boxes = [p for p in boxes if p != ("arms",) and not set(FREE) & set(map(str, p))]
    path = draw(st.sampled_from(sorted(boxes, key=repr)))
    key = draw(UNKNOWN)
    at(data, path)[key] = draw(st.sampled_from(["1 s", 3, None, ["50 Hz"], {"a": 1}]))
    return data, path, key


@SETTINGS
@given(with_unknown_key())
def test_an_unknown_key_is_never_let_by(folder, drawn):
    data, path, key = drawn
    file = folder / "unknown.yaml"
    file.write_text(as_yaml(data), encoding="utf-8")
    with pytest.raises(ExperimentError) as caught:
        load(file)
    named = [p for p in caught.value.problems if key in p.path]
    code = "E050" if path[:1] == ("sweep",) else "E001"
    assert [p.code for p in named].count(code) == 1, str(caught.value)


@SETTINGS
@given(
    st.one_of(
        st.sampled_from(sorted(Experiment.model_fields)),
        KEYS,
        st.sampled_from([
            "device.frequency",
            "stimuli[0].onset",
            "run.dt",
            "arms.a.label",
            "epochs",
        ]),
    ),
    st.one_of(st.text(max_size=20), VALUES.map(as_yaml)),
)
def test_any_override_is_read_or_refused(key, value):
    try:
        points(load("scs_frequency", [f"{key}={value}", "seeds=1"]))
    except ExperimentError as error:
        assert error.problems  # noqa: PT017


@SETTINGS
@given(st.text(alphabet="abcdefgr: \n-{}[],.0123459'\"&*|>#ms", max_size=80))
def test_any_text_below_a_good_start(folder, text):
    path = folder / "text.yaml"
    path.write_text(f"schema: 1\nrun: {{duration: 1 s}}\n{text}", encoding="utf-8")
    try:
        load(path)
    except ExperimentError as error:
        assert error.problems  # noqa: PT017
