"""Programmes, control, hypotheses and wrong electrodes, on devices that are cheap to solve."""

import numpy as np
import pytest

from gatecontrol.circuits.model import Afferent
from gatecontrol.devices import Limit, Limits, PulsedDevice, pulse_parameters
from gatecontrol.devices.junction import filtered
from gatecontrol.devices.sites import Sites
from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.drive import DEVICE, NATURAL, AfferentDrive
from gatecontrol.fibres.population import draw_fibres
from gatecontrol.fibres.t_junction import dead_times
from gatecontrol.fields.electrodes import Contact, monopole
from gatecontrol.fields.leads import lead
from gatecontrol.fields.tissues import tissue_stack
from gatecontrol.plugins import load_plugin
from gatecontrol.preparations import load_preparation

HUMAN = load_preparation("human")
AFFERENTS = (
    Afferent("abeta_centre", "", "abeta", "centre", 80),
    Afferent("c", "", "c", "centre", 20),
)
FIBRES = draw_fibres(AFFERENTS, HUMAN, seed=3)


class One(PulsedDevice):
    """Fibres of 10 um, 3 mm below up to two points in a homogeneous medium."""

    kind = "one"
    title = "A device for tests"
    channel_count = 2
    limits = Limits(
        programmer="a test programmer",
        amplitude=Limit("amplitude", "current", "0 mA", "10 mA"),
        pulse_width=Limit("pulse_width", "time", "20 us", "1 ms"),
        frequency=Limit("frequency", "frequency", "2 Hz", "20 kHz"),
        voltage="20 V",
        resistance="600 ohm",
        capacitance="3.7 uF",
    )
    parameters = pulse_parameters(
        programmes=("hf10", "dtm", "tens_modulated"), frequency="50 Hz", pulse_width="200 us"
    )
    depth = 3e-3

    def contacts(self, preparation):
        return monopole(1e-5)

    def channels(self, preparation):
        points = [monopole(1e-5, (x, 0.0, 0.0)) for x in (0.0, 4e-3)]
        return points[: self.generator.channels]

    def sites(self, fibres, preparation, rng):
        rows = fibres.where("abeta")
        return Sites.at(fibres, rows, rng, z=self.depth, start=0.05, diameter=10e-6)


def rates(drive, duration):
    """Return the rate [Hz] of every A-beta fibre."""
    return np.bincount(drive.fibre, minlength=len(FIBRES))[FIBRES.where("abeta")] / duration


def evoked(device, seed=3, on=1.0, off=2.0):
    return device.drive(FIBRES, HUMAN, seed, on, off)


# Programmes --------------------------------------------------------------------------------
def test_two_channels_drive_in_turn():
    device = One.from_config({"programme": "dtm", "amplitude": "300 %PT"})
    found = rates(evoked(device), 1.0)
    # 50 Hz on one channel and 300 Hz on the other, each well above its threshold
    assert found == pytest.approx(350, abs=2)
    # pulses of the second channel that reach 60 % of the threshold add nothing
    weak = One.from_config({"programme": "dtm", "amplitude": "300 %PT", "prime_amplitude": "20 %"})
    assert rates(evoked(weak), 1.0) == pytest.approx(50, abs=2)


def test_a_swinging_width_recruits_with_its_charge():
    base = {"programme": "tens_modulated", "modulation_period": "1 s"}
    # of the widest pulse's threshold; the narrowest, at four fifths of the height, needs twice it
    device = One.from_config(base | {"amplitude": "130 %PT"})
    widths = device.generator.train(1.0, 2.0).width
    assert widths.max() > 1.3 * widths.min()
    found = evoked(device)
    count = device.generator.train(1.0, 2.0).times.size
    # fibres follow while the pulses are wide and strong, and miss the others
    assert 0.2 * count < rates(found, 1.0).mean() < 0.95 * count
    strong = One.from_config(base | {"amplitude": "300 %PT"})
    assert (rates(evoked(strong), 1.0) == count).all()


def test_ten_kilohertz_is_solved_and_needs_more():
    hf = One.from_config({"programme": "hf10", "amplitude": "150 %PT"})
    assert hf.generator.needs_solver
    slow = One.from_config({"pulse_width": "30 us", "recharge": "active"})
    both = [d.dose(HUMAN).landmarks["perception"] for d in (hf, slow)]
    # charge adds up over many pulses of 30 us, but each recharge takes most of it back
    assert 0.3 < both[0] / both[1] < 3
    found = rates(evoked(hf), 1.0)
    # a fibre fires at a rate of its own: far below that of the pulses, above that of any nerve
    assert (found > 50).all()
    assert (found < 1200).all()
    assert (
        rates(evoked(One.from_config({"programme": "hf10", "amplitude": "50 %PT"})), 1).max() == 0
    )


@pytest.mark.parametrize("programme", ["hf10", "dtm", "tens_modulated"])
def test_nothing_is_evoked_without_current_or_time(programme):
    base = {"programme": programme, "limits": "laboratory"}
    assert evoked(One.from_config(base | {"amplitude": "0 mA"})).time.size == 0
    device = One.from_config(base | {"amplitude": "150 %PT"})
    assert evoked(device, on=1.0, off=1.0).time.size == 0


@pytest.mark.parametrize("programme", ["hf10", "dtm", "tens_modulated"])
def test_the_same_seed_gives_the_same_spikes(programme):
    config = {"programme": programme, "amplitude": "110 %PT", "limits": "laboratory"}
    one, again, other = (evoked(One.from_config(config), seed=s) for s in (3, 3, 4))
    assert np.array_equal(one.time, again.time)
    assert np.array_equal(one.fibre, again.fibre)
    # solved programmes have no noise: only the places differ, by less than they are told apart
    assert np.array_equal(one.time, other.time) == (programme == "hf10")


# Posture and control -----------------------------------------------------------------------
def spikes_per_second(control, seed=3, **config):
    scs = load_plugin("devices", "scs").from_config({"control": control} | config)
    drive = scs.drive(FIBRES, HUMAN, seed, 0.0, 40.0)
    return np.histogram(drive.time, bins=np.arange(41.0))[0]


def test_a_closed_loop_holds_the_response_against_posture():
    still = spikes_per_second("open")
    open_, closed = (spikes_per_second(c, posture_sway="1 mm") for c in ("open", "closed"))
    assert open_.std() > 0.3 * still.mean()
    assert closed.std() < 0.4 * open_.std()
    # the target is the response of the first pulse, at that moment's distance
    assert closed.mean() == pytest.approx(still.mean(), rel=0.25)


def test_posture_and_loop_are_reproducible():
    one, again = (spikes_per_second("closed", posture_sway="1 mm") for _ in range(2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, spikes_per_second("closed", seed=4, posture_sway="1 mm"))


# Hypotheses --------------------------------------------------------------------------------
def test_hypotheses_of_drg_are_labelled():
    drg = load_plugin("devices", "drg")
    record = evoked(drg.from_config({"amplitude": "2 mA"})).provenance
    assert record["hypothesis: A-beta drive"] == "on"
    assert record["hypothesis: C filter at the T-junction"] == "off"
    silent = evoked(drg.from_config({"amplitude": "2 mA", "abeta_drive": "off"}))
    assert silent.provenance["hypothesis: A-beta drive"] == "off"
    assert not (FIBRES.fibre_class[silent.fibre] == "abeta").any()
    assert silent.recruitment["abeta"] > 0.9
    assert not any(key.startswith("hypothesis") for key in evoked(One.from_config({})).provenance)


def merged(trains):
    """Return a drive of (fibre, times, origin)."""
    fibre = np.concatenate([np.full(len(times), f) for f, times, _ in trains])
    time = np.concatenate([times for _, times, _ in trains])
    origin = np.concatenate([np.full(len(times), o) for _, times, o in trains])
    order = np.argsort(time, kind="stable")
    return AfferentDrive(
        FIBRES, fibre[order].astype(np.int32), time[order], origin[order].astype(np.int8),
        np.full(order.size, 0.1),
    )  # fmt: skip


def test_the_t_junction_removes_only_what_stimulation_stops():
    touch, (stimulated, fast) = FIBRES.where("abeta")[0], FIBRES.where("c")[:2]
    dead = dead_times("calcium").natural
    natural = np.arange(10) * 3 * dead + 0.5 * dead
    stimulus = np.arange(30) * 1.01 * dead
    given = merged([
        (touch, np.arange(50) * 2e-3, DEVICE),
        (touch, np.arange(50) * 2e-3 + 1e-3, NATURAL),
        (fast, np.arange(50) * 0.2 * dead, NATURAL),
        (stimulated, natural, NATURAL),
        (stimulated, stimulus, DEVICE),
    ])
    found = filtered(given, "calcium")
    left = {f: np.sort(found.time[found.fibre == f]) for f in (touch, fast, stimulated)}
    assert left[touch].size == 100
    # faster than the junction follows, but without stimulation: as in the control arm
    assert left[fast].size == 50
    # evoked spikes come just as fast as the junction follows: no other passes between them
    assert left[stimulated] == pytest.approx(stimulus)
    assert "stopped 10 of 60 natural and 0 of 30 evoked" in found.provenance["T-junction filter"]
    assert (np.diff(found.time) >= 0).all()


def test_the_t_junction_is_off_unless_asked_for():
    c = FIBRES.where("c")[0]
    given = merged([(c, np.arange(20) * 1e-3, NATURAL), (c, np.arange(20) * 1e-3, DEVICE)])
    drg = load_plugin("devices", "drg")
    assert drg.from_config({}).after(given) is given
    on = drg.from_config({"t_junction": "m_channels"}).after(given)
    assert on.time.size < given.time.size


# Wrong electrodes --------------------------------------------------------------------------
class Spinal(One):
    """One contact of a lead in the layers over the cord."""

    kind = "spinal"
    place = (0.0, 0.0, 0.0)
    below = 0.1e-3
    share = -1.0

    def contacts(self, preparation):
        return lead("scs_octrode").contact(self.share, self.place, label="cathode")

    def channels(self, preparation):
        return (self.contacts(preparation),)

    def tissue(self, preparation):
        return tissue_stack("scs")

    def sites(self, fibres, preparation, rng):
        z = self.tissue(preparation).depths["white_matter"][0] + self.below
        rows = fibres.where("abeta")
        return Sites.at(fibres, rows, rng, z=z, start=0.05, diameter=10e-6)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"place": (0.0, 0.0, -3e-3)}, "the cathode lies in the bone of 'scs'"),
        ({"below": -5.0e-3}, "a fibre runs through the cathode: it must stay 0.65 mm away"),
        ({"share": 0.0}, "open circuit: no contact of the electrode is active"),
    ],
)
def test_an_electrode_that_cannot_work_is_one_clear_error(wrong, message):
    device = type("Wrong", (Spinal,), wrong).from_config({})
    with pytest.raises(GatecontrolError, match=message):
        device.dose(HUMAN)


def test_a_fibre_at_no_distance_and_a_contact_without_area():
    touching = type("Touching", (One,), {"depth": 0.0}).from_config({})
    with pytest.raises(GatecontrolError, match="a fibre cannot pass through a contact"):
        touching.dose(HUMAN)
    with pytest.raises(GatecontrolError, match="area"):
        Contact((0.0, 0.0, 0.0), -1.0, 0.0, "cathode")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"amplitude": "12 mA"}, "E040: device one: the amplitude of 12 mA is outside the clinical "
         + "range 0 mA to 10 mA of a test programmer; lower the amplitude or set"),
        ({"amplitude": "3000 %PT"}, "E040: device one: the amplitude of"),
        ({"recharge": "none"}, "E045: device one: nothing takes the charge of a pulse back"),
    ],
)  # fmt: skip
def test_a_programme_beyond_a_limit_is_one_clear_error(config, message):
    with pytest.raises(GatecontrolError, match=message):
        One.from_config(config).dose(HUMAN)
