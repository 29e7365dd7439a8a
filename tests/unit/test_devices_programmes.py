"""Named programmes: what they fill in, what is typed beside them, and what files make of it."""

import json

import pytest

from gatecontrol.citations import keys_of, library
from gatecontrol.devices.generator import PROGRAMMES, PulseGenerator, pulse_parameters
from gatecontrol.devices.safety import safety_report
from gatecontrol.errors import ExperimentError, GatecontrolError
from gatecontrol.experiment.load import load
from gatecontrol.experiment.sweep import points
from gatecontrol.experiment.values import check_value
from gatecontrol.parameters import chosen_presets, preset_names, to_si, with_presets
from gatecontrol.plugins import load_plugin, plugins
from gatecontrol.preparations import load_preparation

PARAMETERS = {p.name: p for p in pulse_parameters(programmes=tuple(PROGRAMMES))}
OFFERED = {
    (kind, name)
    for kind in plugins("devices")
    for p in load_plugin("devices", kind).parameters
    for name in p.presets
}

FILE = """\
schema: 1
name: programmes
preparation: human
stimuli:
  - {kind: pinch, onset: 0.2 s, duration: 1 s}
run: {duration: 2 s, device_on: 0.5 s, device_off: 1.5 s}
device: {kind: scs, programme: burst_dr, amplitude: 2 mA}
"""


@pytest.mark.parametrize("name", PROGRAMMES)
def test_a_programme_is_a_set_of_ordinary_parameters(name):
    preset = PROGRAMMES[name]
    for key, value in preset.values.items():
        assert check_value(PARAMETERS[key], value)[1] is None, key
    assert preset.source == "assumed" or preset.source in library()
    settings = to_si(tuple(PARAMETERS.values()), {"programme": name})
    assert PulseGenerator.faults(settings) == []


def test_every_programme_is_offered_by_a_device():
    assert {name for _, name in OFFERED} == set(PROGRAMMES)


@pytest.mark.parametrize(("kind", "name"), sorted(OFFERED))
def test_a_device_takes_the_programmes_that_it_offers(kind, name):
    found = load_plugin("devices", kind).check({"programme": name})
    assert {code for _, code, _, _ in found} <= {"W040"}


def test_what_is_typed_beside_a_programme_wins():
    scs = load_plugin("devices", "scs")
    device = scs.from_config({"programme": "burst_dr", "frequency": "30 Hz"})
    assert device.generator.frequency == 30
    assert device.generator.pattern == "burst"
    assert device.generator.pulse_width == 1e-3
    assert scs.from_config({}).generator.pattern == "tonic"
    assert scs.readable({"programme": "burst_dr"})["frequency"] == 40


def test_without_a_preset_a_declaration_stays_as_it_is():
    declared = tuple(PARAMETERS.values())
    assert with_presets(declared, {}) == declared
    assert with_presets(declared, {"programme": "no such"}) == declared
    assert with_presets(declared, {"programme": ["burst_dr"]}) == declared
    assert "frequency" in preset_names(declared, "programme")
    assert preset_names(declared, "frequency") == set()


def test_a_device_may_offer_none():
    assert "programme" not in {p.name for p in pulse_parameters()}
    with pytest.raises(TypeError, match="there is no programme bursts"):
        pulse_parameters(programmes=("bursts",))


@pytest.fixture
def trials(tmp_path):
    def read(text):
        path = tmp_path / "file.yaml"
        path.write_text(text)
        experiment = load(path)
        again = tmp_path / "again.yaml"
        again.write_text(experiment.resolved())
        found = [p.trial for p in points(experiment)]
        assert [p.trial for p in points(load(again))] == found
        return found

    return read


def test_an_experiment_file_names_a_programme(trials):
    (trial,) = trials(FILE)
    assert trial["device"]["pattern"] == "burst"
    assert trial["device"]["frequency"] == "40 Hz"
    assert trial["device"]["amplitude"] == "2 mA"


def test_a_sweep_over_programmes(trials):
    sweep = "sweep:\n  device.programme: [burst_dr, sub_perception, scs_tonic]\n"
    found = [t["device"] for t in trials(FILE + sweep)]
    assert [d["frequency"] for d in found] == ["40 Hz", "90 Hz", "50 Hz"]
    assert [d["pattern"] for d in found] == ["burst", "tonic", "tonic"]
    assert {d["amplitude"] for d in found} == {"2 mA"}


def test_an_arm_with_another_programme(trials):
    arms = "arms:\n  burst: {}\n  slow: {device: {programme: sub_perception}}\n"
    assert [t["device"]["frequency"] for t in trials(FILE + arms)] == ["40 Hz", "90 Hz"]


def test_a_programme_is_cited_by_the_runs_that_use_it(tmp_path):
    from gatecontrol.experiment.outputs import references
    from gatecontrol.experiment.plan import make_plan

    scs = load_plugin("devices", "scs")
    assert "lempka2015" not in keys_of(scs)
    assert chosen_presets(scs.parameters, {"programme": "hf10"})[0].source == "lempka2015"
    path = tmp_path / "file.yaml"
    hf10 = FILE.replace("burst_dr", "hf10, frequency: 500 Hz, interphase_gap: 100 us")
    for text, cited in ((FILE, False), (hf10, True)):
        path.write_text(text)
        assert ("lempka2015" in references(make_plan(load(path), "numpy"))) == cited


def test_a_device_made_without_the_check_refuses_by_itself():
    body = load_preparation("human")
    scs = load_plugin("devices", "scs")
    for config, words in (
        ({"recharge": "none"}, "E045: device scs: nothing takes the charge of a pulse back"),
        ({"frequency": "1 kHz", "pulse_width": "2 ms"}, "E035: device scs: a pulse lasts 2000 us"),
    ):
        with pytest.raises(GatecontrolError, match=words):
            scs.from_config(config).dose(body)


def test_two_channels_of_a_spinal_lead():
    scs = load_plugin("devices", "scs").from_config({"programme": "dtm"})
    base, prime = scs.channels(load_preparation("human"))
    moved = [b.position[0] - p.position[0] for b, p in zip(base, prime, strict=True)]
    assert moved == pytest.approx([4e-3] * len(base))
    assert [c.share for c in base] == [c.share for c in prime]
    report = safety_report(scs.generator, 3e-3, (base, prime), scs.limits)
    assert report.charge_per_phase == pytest.approx(0.6e-6)


def test_a_word_that_is_no_programme(tmp_path):
    path = tmp_path / "file.yaml"
    path.write_text(FILE.replace("burst_dr", "burst_dt"))
    with pytest.raises(ExperimentError, match=r"E012.*Did you mean 'burst_dr'\?"):
        load(path)


def test_presets_can_be_told_in_json(capsys):
    from gatecontrol.cli.browse import describe

    describe("device", "scs", json=True)
    about = json.loads(capsys.readouterr().out)
    rows = {row["programme"]: row for row in about["programmes"]}
    assert rows["burst_dr"]["source"] == "caylor2019"
    assert "pulses_per_burst 5" in rows["burst_dr"]["sets"]
    assert set(rows) == {n for k, n in OFFERED if k == "scs"}
