"""The tables: each cell follows from the variables of the results that its column names."""

import csv
import math

import numpy as np
import pytest

from gatecontrol.analysis.columns import MISSING, number_text
from gatecontrol.analysis.figures.rows import rows_of, sweep_axes
from gatecontrol.analysis.report.fits import fit_tables
from gatecontrol.analysis.report.statistics import statistics
from gatecontrol.analysis.statistics import mean_with_interval
from gatecontrol.analysis.tables import (
    charge_table,
    crossed,
    dose_table,
    effect_table,
    missing_values,
    windup_table,
)

TABLES = (dose_table, charge_table, effect_table)


def recomputed(data, place, name, labels):
    """Return what a column shows of one row, from the dataset alone."""
    variable = data[name].isel({d: i for d, i in place.items() if d in data[name].dims})
    variable = variable.sel({k: v for k, v in labels.items() if k in variable.dims})
    if variable.dtype.kind in "OUS":
        return str(variable.item())
    if not np.isfinite(variable.values).any():
        return math.nan
    return float(variable.mean())


@pytest.mark.parametrize("build", TABLES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", ["compared", "swept", "wound"])
def test_every_cell_can_be_recomputed_from_the_results(build, name, request):
    data = request.getfixturevalue(name).to_dataset()
    table = build(data)
    places = [row.place for row in rows_of(data)]
    assert len(table.rows) == len(places)
    seen = 0
    for index, column in enumerate(table.columns):
        assert all(n in data.variables for n in column.names), column.heading
        if column.pick is not None:
            continue
        for row, place in zip(table.rows, places, strict=True):
            expected = [recomputed(data, place, n, column.labels) for n in column.names]
            for found, wanted in zip(row[index], expected, strict=True):
                assert found == wanted or found == pytest.approx(wanted, rel=1e-12, nan_ok=True)
                seen += 1
    assert seen > 5 or name == "wound"


def test_windup_cells_are_those_of_its_volleys(wound):
    data = wound.to_dataset()
    table = windup_table(data)
    for row, place in zip(table.rows, rows_of(data), strict=True):
        spikes = data["windup_spikes"].isel(place.place).values
        assert row[1][0] == pytest.approx(spikes[:, 0].mean(), rel=1e-12)
        assert row[2][0] == pytest.approx(spikes[:, -1].mean(), rel=1e-12)
        for cell, name in ((3, "windup_ratio"), (4, "windup_slope")):
            expected = mean_with_interval(data[name].isel(place.place).values)
            assert row[cell] == pytest.approx(expected, rel=1e-12)


def test_pairs_are_those_of_the_group(swept, made_up_contrasts):
    data = swept.to_dataset()
    group = made_up_contrasts(data)
    control, pairs = statistics(data, group)["tables"]
    assert (control.name, pairs.name) == ("contrasts", "pairs")
    assert len(pairs.rows) == 6  # one pair of arms at six rates
    during = group.sel(epoch="during")
    for index, row in enumerate(pairs.rows):
        here = during.isel(arm=0, arm_other=1, device_frequency=index)
        shown = [v for cell in row[3:] for v in cell]
        names = [n.removeprefix("contrasts/") for c in pairs.columns[3:] for n in c.names]
        assert shown == [float(here[n]) for n in names]
        assert row[2] == (str(data["device_frequency_text"].values[index]),)
    needed = control.header.index("Seeds for ±2 points [1]")
    assert {row[needed] for row in control.texts()} == {"31"}
    assert "contrasts/seeds_needed" in control.columns[needed].source


def test_statistics_of_real_groups_are_those_of_the_results(swept):
    data, group = swept.to_dataset(), swept["contrasts"].to_dataset()
    control, pairs = statistics(data, group)["tables"]
    for row, place in zip(control.rows, rows_of(data), strict=True):
        here = group.sel(epoch="during").isel(place.place)
        for column, values in zip(control.columns, row, strict=True):
            names = [n.removeprefix("contrasts/") for n in column.names]
            if not column.names[0].startswith("contrasts/"):
                continue
            wanted = here[names[0]].values
            if column.pick is not None:  # the seeds for one half-width
                assert list(here["half_width"].values).index(0.02) == 1
                wanted = wanted[1]
            assert values[0] == wanted or np.isnan([values[0], wanted]).all()
    names = {n.partition("/")[2] for c in (*control.columns, *pairs.columns) for n in c.names}
    assert names - {""} <= set(group.variables)


def test_fits_are_those_of_the_group(swept):
    data, group = swept.to_dataset(), swept["fits"].to_dataset()
    (table,) = fit_tables(data, group)
    assert (table.name, len(table.rows)) == ("fit_frequency", 2)
    during = group.sel(epoch="during")
    for arm, row in enumerate(table.rows):
        for column, values in zip(table.columns[1:], row[1:], strict=True):
            wanted = [during[n.removeprefix("fits/")].values[arm] for n in column.names]
            for found, one in zip(values, wanted, strict=True):
                assert found == one or np.isnan([found, one]).all()
    assert any(h.startswith("Optimum, 95 % interval [Hz]") for h in table.header)
    assert fit_tables(data, None) == []


def test_a_cell_shows_the_rounded_numbers(compared):
    data = compared.to_dataset()
    table = effect_table(data)
    place = table.header.index("Suppression during, 95 % interval [%]")
    for row, arm in zip(table.texts(), data["arm"].values, strict=True):
        here = data.sel(arm=arm, epoch="during")
        value, low, high = (
            100 * float(here[f"suppression_{n}"]) for n in ("pooled", "low", "high")
        )
        expected = f"{value:.1f} [{low:.1f}, {high:.1f}]".replace("-", "\N{MINUS SIGN}")
        assert row[place] == expected
    source = "suppression_pooled, suppression_low, suppression_high; epoch=during"
    assert table.columns[place].source == source


def test_the_dose_table_has_units_and_says_what_is_undefined(compared):
    table = dose_table(compared.to_dataset())
    assert table.header[:4] == ["Arm", "Device", "Amplitude [mA]", "Amplitude [% PT]"]
    assert [r[3] for r in table.texts()] == ["120", "120", MISSING]
    assert "Descending recruited [%]" not in table.header


def test_sweep_axes_have_a_column_each(swept):
    data = swept.to_dataset()
    assert effect_table(data).header[:2] == ["Arm", "device.frequency"]
    assert effect_table(data.isel(arm=[0])).header[0] == "device.frequency"
    assert sweep_axes(data) == ["device_frequency"]


def test_limits_that_are_crossed_are_named(compared):
    data = compared.to_dataset().copy(deep=True)
    data["shannon_k"][:] = [1.9, 1.6, 0.5]
    data["charge_density"][:] = [0.4, 0.2, 0.1]
    data["motor_threshold"][:] = [np.nan, 1e-3, np.nan]
    assert [crossed(row) for row in rows_of(data)] == [
        ["k above 1.85", "density above 30 µC/cm²"],
        ["k from 1.5 on", "above motor threshold"],
        [],
    ]
    table = charge_table(data)
    assert [r[-1] for r in table.texts()][2] == MISSING


def test_csv_is_in_si_units_and_not_rounded(compared):
    data = compared.to_dataset()
    lines = list(csv.reader(dose_table(data).csv().splitlines()))
    place = lines[0].index("amplitude")
    assert [float(line[place]) for line in lines[1:]] == data["amplitude"].values.tolist()
    assert lines[3][lines[0].index("amplitude_relative")] == ""  # not defined for DBS


def test_missing_intervals_are_explained(compared):
    data = compared.to_dataset().copy(deep=True)
    assert missing_values(data) == []
    data["suppression_status"].loc[{"arm": "scs", "epoch": "during"}] = "one seed has no interval"
    assert missing_values(data) == ["one seed has no interval: SCS 50 Hz tonic"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (12345.0, "12345"),
        (0.000468, "0.000468"),
        (-0.126, "\N{MINUS SIGN}0.126"),
        (99.96, "100"),
        (0.00001234, "1.23 \N{MULTIPLICATION SIGN} 10\u207b\u2075"),
        (math.nan, MISSING),
    ],
)
def test_numbers_are_written_without_an_exponent_where_they_can(value, text):
    assert number_text(value) == text


def test_mean_with_interval_is_students():
    mean, low, high = mean_with_interval(np.array([1.0, 2.0, 3.0, np.nan]))
    assert mean == 2.0
    # t(0.975, 2) = 4.3027 times the standard error 1 / sqrt(3).
    assert high - mean == pytest.approx(4.302653 / np.sqrt(3), rel=1e-6)
    assert mean - low == pytest.approx(high - mean)
    assert np.isnan(mean_with_interval(np.array([np.nan]))[0])


def test_a_run_in_which_nothing_is_compared_has_its_signal_alone(wound):
    data = wound.to_dataset()
    table = effect_table(data)
    assert table.title == "Pain signal"
    assert not any("uppression" in heading for heading in table.header)
    told = statistics(data, None)
    assert told["tables"] == []
    assert told["sentences"][0].startswith("Nothing is compared: this run has no device")
