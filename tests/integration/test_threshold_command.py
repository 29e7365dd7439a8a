"""``gatecontrol threshold`` as a user meets it."""

import json

import pytest

EXAMPLE = (
    "--fibre", "mrg", "--diameter", "10um", "--distance", "1mm", "--pulse-width", "200us",
    "--waveform", "cathodic", "--conductivity", "0.2 S/m",
)  # fmt: skip


def test_one_fibre(command):
    done = command("threshold", *EXAMPLE)
    assert done.code == 0, done.err
    (row,) = [line for line in done.lines if line.startswith(" mrg")]
    assert row.split()[:7] == ["mrg", "10", "um", "1", "mm", "200", "us"]
    low, unit = row.split()[-4:-2]
    # 0.0829 mA in the golden run, to 1 %
    assert unit == "uA"
    assert float(low) == pytest.approx(82.9, rel=0.02)
    assert row.split()[-1] == "mA"
    assert any(line.strip().startswith("McIntyre CC") for line in done.lines)


def test_lists_give_a_table_in_si_units(command):
    done = command(
        "threshold", "--diameter", "5.7 um, 10 um", "--distance", "0.5mm,2mm",
        "--waveform", "cathodic,biphasic", "--conductivity", "0.2 S/m,0.4 S/m", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert len(found["rows"]) == 16
    assert found["units"]["low"] == "A"
    assert found["models"]["mrg"]["references"] == ["mcintyre2002", "musselman2021"]
    rows = {
        (r["diameter"], r["distance"], r["waveform"], r["conductivity"]): r for r in found["rows"]
    }
    golden = {(10e-6, 0.5e-3): 31.7e-6, (10e-6, 2e-3): 248e-6, (5.7e-6, 2e-3): 476e-6}
    for place, low in golden.items():
        assert rows[*place, "cathodic", 0.2]["low"] == pytest.approx(low, rel=0.02)
        assert rows[*place, "biphasic", 0.2]["low"] > rows[*place, "cathodic", 0.2]["low"]
        doubled = rows[*place, "cathodic", 0.4]["low"]
        assert doubled == pytest.approx(2 * rows[*place, "cathodic", 0.2]["low"], rel=1e-9)


def test_a_fibre_out_of_reach_has_no_window(command):
    done = command("threshold", "--ceiling", "50 uA", "--json")
    (row,) = json.loads(done.out)["rows"]
    assert (row["low"], row["high"]) == (None, None)
    assert " none" in command("threshold", "--ceiling", "50 uA").out


def test_all_faults_are_said_at_once(command):
    done = command(
        "threshold", "--diameter", "10", "--distance", "0 mm", "--conductivity", "0.2 S",
        "--waveform", "cathodik", "--fibre", "mrgg",
    )  # fmt: skip
    assert done.code == 2
    assert done.out == ""
    known = "cathodic, anodic, biphasic, biphasic_anodic, asymmetric, asymmetric_anodic"
    models = "mrg, aalpha, adelta, rattay1993, sundt2015, tigerholm2014"
    assert done.err.splitlines() == [
        "error[E021]: --diameter: 10 has no unit; a length is needed.",
        "  help: did you mean 10 mm?",
        "error[E033]: --distance: must be above 0, got 0 mm",
        "error[E024]: --conductivity: '0.2 S' is a conductance, a conductivity is needed",
        "  help: for example 0.2 S/m",
        "error[E012]: --fibre: no fibre model is called 'mrgg'. Did you mean 'mrg'? Models: "
        + models,
        "error[E012]: --waveform: there is no waveform 'cathodik'. Did you mean 'cathodic'?",
        f"  help: known waveforms: {known}",
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--diameter", "20 um"],
            "error[E033]: --fibre: the model mrg stands for diameters of 2 to 16 um, got 20 um",
        ),
        (
            ["--distance", "1 m"],
            "error[E033]: --fibre: the distance of the electrode must be above 0 (a fibre cannot "
            + "pass through a contact) and at most 10 cm, got 1000 mm",
        ),
        (
            ["--balanced"],
            "error[E035]: --waveform: the waveform is not charge balanced: 100 % of the charge "
            + "that it moves is left on the electrode; add a recharge phase of equal charge",
        ),
        (
            ["--diameter", ",".join(["10 um"] * 40), "--distance", ",".join(["1 mm"] * 40)],
            "error[E033]: --fibre: 1600 combinations; one table has at most 1000",
        ),
        (
            ["--pulse-width", "1 us"],
            "error[E033]: --pulse-width: a stretch of 1 us is too short for time steps of 2.5 us; "
            + "take a longer one, or shorter steps",
        ),
    ],
)
def test_what_cannot_be_computed_is_refused(command, options, said):
    done = command("threshold", *options)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [said]


def test_a_balanced_pulse_is_accepted_where_balance_is_demanded(command):
    done = command("threshold", "--balanced", "--waveform", "asymmetric", "--gap", "100us")
    assert done.code == 0, done.err
