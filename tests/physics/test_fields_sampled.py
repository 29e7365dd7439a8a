"""A field sampled from a known conductor gives that conductor's potentials back."""

import numpy as np
import pytest

from gatecontrol.errors import GatecontrolError
from gatecontrol.fields.conductor import HomogeneousConductor
from gatecontrol.fields.electrodes import Contact
from gatecontrol.fields.sampled import SampledField, read_field

CONTACTS = [
    Contact((0.0, 0.0, 0.0), -1.0, 1e-6, "cathode"),
    Contact((8e-3, 0.0, 0.0), 1.0, 1e-6, "anode"),
]
WHOLE = HomogeneousConductor(0.3, 0.1)
AXES = (
    np.linspace(-12e-3, 20e-3, 65),
    np.linspace(-2e-3, 2e-3, 9),
    np.linspace(1.8e-3, 5e-3, 9),
)


def alone(contact):
    return Contact(contact.position, 1.0, contact.area, contact.label)


@pytest.fixture(scope="module")
def grid():
    """Volts for a current of 2 mA, one array for each contact."""
    x, y, z = np.meshgrid(*AXES, indexing="ij")
    return {c.label: 2e-3 * WHOLE.potential_along(x, y, z, [alone(c)]) for c in CONTACTS}


def write_netcdf(path, grid, **changes):
    import xarray as xr

    attrs = {"units": "mV", "current": "2 mA"} | changes
    attrs = {k: v for k, v in attrs.items() if v}
    coords = {n: (n, a * 1e3, {"units": "mm"}) for n, a in zip("xyz", AXES, strict=True)}
    # Another order of dimensions is the same field.
    data = {k: (("z", "x", "y"), np.moveaxis(v, 2, 0) * 1e3, attrs) for k, v in grid.items()}
    xr.Dataset(data, coords).to_netcdf(path, engine="h5netcdf")


def write_csv(path, grid, head="# current: 2 mA\n", units=("mm", "mV"), every=1):
    length, volt = units
    names = [f"{n} [{length}]" if length else n for n in "xyz"]
    names += [f"{k} [{volt}]" if volt else k for k in grid]
    x, y, z = np.meshgrid(*AXES, indexing="ij")
    columns = [1e3 * a.ravel() for a in (x, y, z, *grid.values())]
    rows = np.random.default_rng(2).permutation(np.stack(columns, -1))[::every]
    lines = [",".join(f"{v:.12g}" for v in row) for row in rows]
    path.write_text(f"# made by a test\n{head}{','.join(names)}\n" + "\n".join(lines) + "\n")


@pytest.mark.parametrize("suffix", ["nc", "csv"])
def test_a_file_gives_the_field_back(tmp_path, grid, suffix):
    path = tmp_path / f"field.{suffix}"
    (write_netcdf if suffix == "nc" else write_csv)(path, grid)
    read = read_field(path)
    assert set(read.channels) == {"cathode", "anode"}
    x = np.linspace(-10e-3, 18e-3, 200)[None, :]
    y, z = np.array([[0.1e-3], [1.3e-3]]), np.array([[3.1e-3], [4.2e-3]])
    expected = WHOLE.potential_along(x, y, z, CONTACTS)
    found = read.potential_along(x, y, z, CONTACTS)
    # Spacing 0.5 mm (0.4 in depth) at 3 mm from the source: (spacing / distance)^4.
    assert np.abs(found - expected).max() < 5e-4 * np.abs(expected).max()
    halved = [Contact(c.position, c.share / 2, c.area, c.label) for c in CONTACTS]
    assert read.potential_along(x, y, z, halved) == pytest.approx(found / 2, rel=1e-12)


def test_second_differences_are_smooth(grid):
    """Linear interpolation would give 0 inside a cell and far too much at its faces."""
    read = SampledField(AXES, {k: v / 2e-3 for k, v in grid.items()})
    x, y, z = np.arange(-10e-3, 18e-3, 25e-6), 0.2e-3, 3.3e-3
    second = [np.diff(medium.potential_along(x, y, z, CONTACTS), 2) for medium in (read, WHOLE)]
    # The second derivative of a cubic spline errs with (spacing / distance)^2 / 12.
    assert np.abs(second[0] - second[1]).max() < 0.02 * np.abs(second[1]).max()


def test_contacts_with_one_label_are_one_channel(grid):
    read = SampledField(AXES, {k: v / 2e-3 for k, v in grid.items()})
    point = np.array([1e-3, 0.0, 3e-3])
    row = [Contact((0.0, 0.0, 0.0), -0.5, 1e-6, "cathode")] * 2
    assert read.potential(point, row) == pytest.approx(read.potential(point, CONTACTS[:1]))


def test_points_and_contacts_outside_are_refused(grid):
    read = SampledField(AXES, grid, "run.nc")
    with pytest.raises(GatecontrolError, match=r"run.nc: fibres reach from x = 0 to 30 mm, but th"):
        read.potential_along(np.array([0.0, 30e-3]), 0.0, 3e-3, CONTACTS)
    with pytest.raises(GatecontrolError, match="sampled from 1.8 to 5 mm: sample a larger volume"):
        read.potential_along(0.0, 0.0, 1e-3, CONTACTS)
    with pytest.raises(GatecontrolError, match="fibres reach from y = nan"):
        read.potential_along(0.0, np.nan, 3e-3, CONTACTS)
    with pytest.raises(GatecontrolError, match="a contact 'cathod'. Did you mean 'cathode'"):
        read.potential_along(0.0, 0.0, 3e-3, [Contact((0, 0, 0), -1.0, 1e-6, "cathod")])


def test_a_field_with_gaps_is_refused(grid):
    broken = {k: v.copy() for k, v in grid.items()}
    broken["anode"][3, 4, 5] = np.nan
    with pytest.raises(GatecontrolError, match=r"'anode' is not a number at 1 points, the first"):
        SampledField(AXES, broken)
    with pytest.raises(GatecontrolError, match="x axis needs at least 4 rising"):
        SampledField((AXES[0][::-1], *AXES[1:]), grid)
    with pytest.raises(GatecontrolError, match=r"'cathode' has the shape"):
        SampledField((AXES[0][1:], *AXES[1:]), grid)
    with pytest.raises(GatecontrolError, match="there is no potential in the file"):
        SampledField(AXES, {})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"units": ""}, "'cathode' has no unit; write units"),
        ({"units": "mA"}, "'cathode': .*; write units"),
        ({"current": ""}, "'cathode' does not say for which current; write current"),
        ({"current": "2 mm"}, "current: .*; write current"),
        ({"current": "0 mA"}, "the current of 'cathode' is 0"),
    ],
)
def test_netcdf_without_its_units_is_refused(tmp_path, grid, changes, message):
    path = tmp_path / "field.nc"
    write_netcdf(path, grid, **changes)
    with pytest.raises(GatecontrolError, match=message):
        read_field(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"head": ""}, "the file does not say for which current; write a first line '# current"),
        ({"units": ("", "mV")}, r"the column 'x' has no unit; write x \[mm\]"),
        ({"units": ("mm", "")}, "the column 'cathode' has no unit"),
        ({"units": ("mm", "S")}, "the column 'cathode': .*; write x"),
        ({"every": 2}, "points do not fill a grid of .*each point once"),
    ],
)
def test_csv_that_says_too_little_is_refused(tmp_path, grid, options, message):
    path = tmp_path / "field.csv"
    write_csv(path, grid, **options)
    with pytest.raises(GatecontrolError, match=message):
        read_field(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "field.csv: the file is empty"),
        ("# current: 1 mA\nz [mm],y [mm],x [mm],a [V]\n1,2,3,4\n", "cannot read the header 'z"),
        ("# current: 1 mA\nx [mm],y [mm],z [mm]\n1,2,3\n", "no column of potentials"),
        ("# current: 1 mA\nx [mm],y [mm],z [mm],a [V],a [V]\n1,2,3,4,5\n", "the same name"),
        ("# current: 1 mA\nx [mm],y [mm],z [mm],a [V]\n1,2,3,four\n", "cannot read the numbers"),
        ("# current: 1 mA\nx [mm],y [mm],z [mm],a [V]\n1,2,3,4,5\n", "rows have 5 numbers"),
        ("# current: 1 mA\nx [mm],y [mm],z [mm],a [V]\n1,nan,3,4\n", "coordinate y is not a fin"),
    ],
)
def test_malformed_csv_is_refused(tmp_path, text, message):
    path = tmp_path / "field.csv"
    path.write_text(text)
    with pytest.raises(GatecontrolError, match=message):
        read_field(path)


def test_unreadable_files_are_refused(tmp_path):
    with pytest.raises(GatecontrolError, match="none.csv: cannot read the field"):
        read_field(tmp_path / "none.csv")
    for name in ("noise.nc", "noise.csv"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00\x81" * 20)
        with pytest.raises(GatecontrolError, match=f"{name}: cannot read"):
            read_field(tmp_path / name)
