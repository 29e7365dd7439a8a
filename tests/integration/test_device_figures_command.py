"""``gatecontrol describe device NAME --figures DIR`` as a user meets it."""

import pytest


def test_figures_of_a_device_are_written_as_png_and_svg(command):
    done = command("describe", "device", "dbs", "--figures", "drawn")
    assert done.code == 0, done.err
    names = ("field_across", "field_along", "recruitment", "strength_duration")
    files = sorted(p.name for p in (command.folder / "drawn").iterdir())
    assert files == [f"dbs_{name}.{end}" for name in names for end in ("png", "svg")]
    for name in names:
        assert f"drawn/dbs_{name}.png (and .svg)" in done.lines


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("device", "drg", "--figures", "x", "--set", "lead_distance=3"),
            "error[E021]: --set: lead_distance: 3 has no unit; a length is needed.",
        ),
        (
            ("device", "drg", "--figures", "x", "--set", "pulse_widht=1 ms"),
            "the device 'drg' has no setting 'pulse_widht'. Did you mean 'pulse_width'?",
        ),
        (
            ("device", "drg", "--figures", "x", "--set", "lead_distance"),
            "error[E030]: --set lead_distance: needs the form key=value",
        ),
        (
            ("device", "drg", "--figures", "x", "--set", "amplitude=20 mA"),
            "error[E040]: --set amplitude: the amplitude of 20 mA is outside the clinical range",
        ),
        (
            ("device", "drg", "--figures", "x", "--preparation", "rta"),
            "error[E012]: --preparation: no preparation 'rta'. Did you mean 'rat'?",
        ),
        (("circuit", "gate", "--figures", "x"), "only a device is drawn"),
        (("device", "drg", "--set", "lead_distance=1 mm"), "only changes what --figures draws"),
    ],
)
def test_what_cannot_be_drawn_is_refused(command, options, said):
    done = command("describe", *options)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not (command.folder / "x").exists()
