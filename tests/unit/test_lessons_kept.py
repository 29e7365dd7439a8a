"""Numbers of lessons without a network are kept until what computes them is edited."""

import importlib
import sys
from types import SimpleNamespace

import pytest

from gatecontrol.experiment.progress import Silent
from gatecontrol.teaching import device_lesson
from gatecontrol.teaching.lessons import find_lesson
from gatecontrol.teaching.outcomes import kept


def test_plain_numbers_are_computed_once(tmp_path, monkeypatch):
    monkeypatch.setenv("GATECONTROL_CACHE_DIR", str(tmp_path))
    calls = []

    def make():
        calls.append(1)
        return {"threshold": 1.5}

    assert kept({"a": 1}, make, ()) == kept({"a": 1}, make, ()) == {"threshold": 1.5}
    assert len(calls) == 1
    next(tmp_path.glob("lessons/*.json")).write_text("{torn")
    assert kept({"a": 1}, make, ()) == {"threshold": 1.5}
    assert len(calls) == 2


EDITED = """from gatecontrol.teaching.patch import Patch

class Mine(Patch):
    kind = "mine"  # {}

def number():
    return 1.5
"""


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """Give a function that writes and imports a module with a stimulator of one's own."""
    monkeypatch.setenv("GATECONTROL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # the clock of files is too coarse
    file = tmp_path / "my_own_stimulator.py"

    def written(comment):
        file.write_text(EDITED.format(comment))
        sys.modules.pop(file.stem, None)
        importlib.invalidate_caches()
        return importlib.import_module(file.stem)

    yield written
    sys.modules.pop(file.stem, None)


def test_plain_numbers_of_edited_code_are_computed_again(edited):
    calls = []

    def make():
        calls.append(1)
        return {"threshold": 1.5}

    for count, comment in ((1, "first"), (1, "first"), (2, "second"), (2, "first")):
        module = edited(comment)
        kept({"a": 1}, make, (module.number,))
        assert len(calls) == count, comment
    # a file of a base class counts as that of the class
    kept({"a": 1}, make, (type("Lower", (edited("first").Mine,), {}),))
    kept({"a": 1}, make, (type("Lower", (edited("third").Mine,), {}),))
    assert len(calls) == 4


def test_an_edited_or_updated_stimulator_is_computed_again(edited, monkeypatch):
    calls, source = [], [""]

    def counted(device, preparation, parameters):
        calls.append(device)
        return {"abeta": [1e-3] * 10}

    point = SimpleNamespace(dist=SimpleNamespace(name="mine", version="1"))
    monkeypatch.setattr(device_lesson, "recruitment_of", counted)
    monkeypatch.setattr(device_lesson, "plugins", lambda group: {"mine": point})
    monkeypatch.setattr(device_lesson, "load_plugin", lambda group, name: edited(source[0]).Mine)
    lesson = find_lesson("build_your_own")
    one = {"device": "mine", "fibre_class": "abeta"}
    lesson = lesson.model_copy(update={"experiment": one})
    for count, source[0], point.dist.version in (
        (1, "a", "1"),
        (1, "a", "1"),
        (2, "b", "1"),
        (3, "b", "2"),
    ):
        outcome = device_lesson.computer(lesson, "auto", Silent())[0]({})
        assert outcome.value == pytest.approx(1.0)  # mA
        assert len(calls) == count
