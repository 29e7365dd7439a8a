"""The registry: every figure of many kinds of results has data, words, units and no overlap."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure

from gatecontrol.analysis.figures import SPECS
from gatecontrol.analysis.results import Results
from gatecontrol.errors import GatecontrolError

KINDS = (
    "few arms", "seven targets", "twelve arms", "fifty lines", "one arm", "one axis", "two axes",
    "10 000 points", "wind-up", "fits", "summaries", "conditioning", "histogram", "sensitivity",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_of_every_kind_of_results(kinds, kind, assert_legible, assert_units):
    if kind == "sensitivity":
        pytest.importorskip("gatecontrol.analysis.figures.sensitivity")
    results = kinds[kind]
    names = results.plots()
    assert names
    for name in names:
        figure = results.plot(name)
        assert_legible(figure)
        if name != "circuit":
            assert_units(figure)
        spec = SPECS[name]
        words = spec.alt(results)
        assert len(words) > 60, name
        assert words.endswith("."), name
        assert "nan" not in words.replace("nanomolar", ""), (name, words)
        assert spec.caption(results).endswith("."), name
        data = results.plot_data(name)
        assert isinstance(data, pd.DataFrame | xr.Dataset), name
        assert len(data) > 0, name


def test_every_figure_has_a_kind_of_results_here(kinds):
    drawn = {name for results in kinds.values() for name in results.plots()}
    assert drawn == set(SPECS)


def test_names_and_files_are_one_each():
    assert all(name == spec.name for name, spec in SPECS.items())
    assert all(spec.title and not spec.title.endswith(".") for spec in SPECS.values())


@pytest.mark.parametrize("kind", ["few arms", "two axes", "summaries"])
def test_figures_are_drawn_where_they_are_told(kinds, kind):
    results = kinds[kind]
    for name in results.plots():
        page = Figure(figsize=(14, 18), layout="constrained")
        if not SPECS[name].panels:
            ax = page.add_subplot()
            assert results.plot(name, ax=ax) is page
            assert page.axes[0] is ax
        else:
            left, _ = page.subfigures(1, 2)
            assert results.plot(name, ax=left) is page
            assert left.axes
        page.draw_without_rendering()


def test_a_wrong_place_is_refused(kinds):
    results, page = kinds["few arms"], Figure()
    with pytest.raises(GatecontrolError, match="is drawn into one Axes; .*, not Figure"):
        results.plot("forest", ax=page)
    with pytest.raises(GatecontrolError, match="has several panels; give a Figure or SubFigure"):
        results.plot("raster", ax=page.add_subplot())


def test_unknown_and_unavailable_figures_are_named(kinds):
    results = kinds["few arms"]
    with pytest.raises(GatecontrolError, match=r"no figure 'forrest'\. Did you mean 'forest'\?"):
        results.plot("forrest")
    with pytest.raises(
        GatecontrolError, match="no data for the figure 'windup' .*they have: forest"
    ):
        results.plot_data("windup")


def test_arms_and_values_are_chosen(kinds):
    results = kinds["two axes"]
    data = results.plot_data("forest", arm="dbs", device_frequency="50 Hz")
    assert set(data["arm"]) == {"dbs"}
    assert set(data["device_frequency"]) == {50.0}
    two = results.plot_data("forest", device_frequency=[50.0, "200 Hz"])
    assert set(two["device_frequency"]) == {50.0, 200.0}
    with pytest.raises(GatecontrolError, match="no arm 'pns'; there are: scs, dbs"):
        results.plot("forest", arm="pns")
    with pytest.raises(GatecontrolError, match="no 'frequency' to choose from; known: arm, dev"):
        results.plot("forest", frequency="50 Hz")


def test_another_arm_is_shown_when_asked(kinds):
    results = kinds["few arms"]
    page = results.plot("raster", arm="scs")
    assert "SCS 50 Hz tonic, seed 1" in page.get_suptitle()
    assert "DBS" in results.plot("raster").get_suptitle()


def test_what_is_chosen_keeps_its_fits_and_contrasts(kinds):
    results = kinds["fits"]
    data = results.plot_data("forest", arm="dbs")
    assert set(data["p_adjusted"]) == {0.0123}
    from gatecontrol.analysis.figures.curves import fits_of
    from gatecontrol.analysis.figures.registry import choose

    (curve,) = fits_of(choose(results, {"arm": "scs"}), "device_amplitude").values()
    assert curve.told == "ED50 110 % of perception threshold [88, 132]"
    assert curve.curve[0].max() == pytest.approx(40 * 200**4 / (110**4 + 200**4))


def test_numbers_of_a_figure_are_those_of_the_results(kinds):
    results = kinds["few arms"]
    data = results.plot_data("forest").set_index(["arm", "epoch"])
    root = results.data.sel(epoch="during")
    for arm in ("scs", "tens", "dbs"):
        found = data.loc[arm, "during"]
        assert found["suppression_pooled"] == float(root["suppression_pooled"].sel(arm=arm))
    rates = results.plot_data("circuit").set_index("name")
    assert rates.loc["excitatory", "on"] == 8.0  # of every made-up trial
    assert rates.loc["abeta_centre", "off"] == 50.0


def test_the_charge_on_the_safety_plane_is_that_of_its_k(kinds):
    data = kinds["few arms"].plot_data("safety")
    micro = 1e6 * data["contact_charge"]
    assert np.allclose(np.log10(micro) + np.log10(1e2 * data["charge_density"]), data["shannon_k"])
    assert "below 1.5" in SPECS["safety"].alt(kinds["few arms"])


def test_more_than_24_rows_say_what_is_left_out(kinds, visible_texts):
    texts = " ".join(w for w, _ in visible_texts(kinds["two axes"].plot("forest")))
    assert "the first 24 of 48 rows" in texts
    assert "24 more rows are not drawn." in SPECS["forest"].alt(kinds["two axes"])


def test_a_missing_cell_of_a_map_is_told(kinds):
    words = SPECS["heat_map"].alt(kinds["two axes"])
    assert "1 of 24 cells without an estimate" in words


def test_thresholds_are_marked_on_an_amplitude_axis_only(kinds, visible_texts):
    texts = " ".join(w for w, _ in visible_texts(kinds["fits"].plot("dose_response")))
    assert "PT 100 %" in texts
    assert "DT 140 %\n(SCS 50 Hz tonic)" in texts
    texts = " ".join(w for w, _ in visible_texts(kinds["one axis"].plot("dose_response")))
    assert "PT" not in texts


def test_volleys_are_those_of_the_experiment(kinds):
    from gatecontrol.analysis.figures.psth import volleys_of
    from gatecontrol.analysis.figures.rows import rows_of
    from gatecontrol.preparations import load_preparation

    results = kinds["few arms"]
    row = next(rows_of(results.data))
    found = volleys_of(results, row)
    assert found.times.tolist() == [1.5, 2.5, 3.5, 4.5, 5.5, 6.5]
    body = load_preparation("human")  # of the results, whatever the text says
    assert found.windows["adelta"][0] == body.latency("adelta").earliest
    assert found.length == 1.0
    data = results.plot_data("psth")
    (first,) = (
        data
        .query("device == 'off' and population == 'projection_deep'")["rate"]
        .groupby(lambda _: 0)
        .mean()
    )
    assert first == pytest.approx(10, rel=0.1)  # 10 /s without, whatever the time after a volley


def test_a_run_without_device_has_its_rates_once(kinds):
    data = kinds["wind-up"].plot_data("circuit")
    assert data["off"].isna().all()
    assert (data.loc[data["name"] == "excitatory", "on"] == 8.0).all()


def test_the_field_is_that_of_the_arm(kinds):
    data = kinds["few arms"].plot_data("field")
    assert float(data["potential_along"].min()) < 0
    assert data["potential_along"].attrs["units"] == "V/A"


def test_a_report_leaves_out_what_says_nothing(kinds):
    from gatecontrol.analysis.figures import drawings

    names = [d.name for d in drawings(kinds["10 000 points"])]
    assert "suppression_by_arm" not in names
    assert "suppression_by_device_frequency" in names
    assert len(SPECS["dose_response"].alt(kinds["10 000 points"])) < 1000


def test_every_kind_of_results_is_drawn(kinds):
    assert set(KINDS) == set(kinds)


def test_lines_that_are_left_out_are_told(kinds, visible_texts):
    results = kinds["fifty lines"]
    assert "36 more are not drawn" in {w for w, _ in visible_texts(results.plot("dose_response"))}
    spec = SPECS["dose_response"]
    assert "The first 14 of 50 lines are drawn; the tables have all." in spec.caption(results)
    assert "36 more lines are not drawn." in spec.alt(results)
    assert "lines are drawn" not in spec.caption(kinds["one axis"])


def test_captions_speak_of_a_device_only_where_there_is_one(kinds):
    with_device, without = kinds["few arms"], kinds["wind-up"]
    for name in ("raster", "population_rates", "circuit"):
        assert "device" in SPECS[name].caption(with_device), name
        assert not SPECS[name].available(without) or "device" not in SPECS[name].caption(without)
    assert "the dose of each arm" in SPECS["forest"].caption(with_device)


def test_arms_at_one_place_of_the_safety_plane_are_named(kinds, visible_texts):
    results = kinds["few arms"]
    assert "all 3 points: k = 0.90" in {w for w, _ in visible_texts(results.plot("safety"))}
    data = results.data.copy()
    data["charge_density"] = data["charge_density"] * xr.DataArray([1, 1, 2], dims="arm")
    results = Results(xr.DataTree(data), Path("nowhere"), "")
    texts = {w for w, _ in visible_texts(results.plot("safety"))}
    assert not any(text.startswith("all") for text in texts)
    assert any(text.startswith("SCS 50 Hz tonic; TENS 2 Hz") for text in texts)


def test_panels_of_courses_show_all_of_the_highest_arm(kinds):
    results = next(r for r in kinds.values() if "time_course" in r.plots() and r.data.arm.size > 1)
    data = results.data.copy(deep=True)
    data["time_course"][{"arm": -1}] *= 10
    figure = Results(xr.DataTree(data), Path("nowhere"), "").plot("time_course")
    mean = float(data["time_course"].isel(arm=-1).mean("seed").max())
    tops = [ax.get_ylim() for ax in figure.axes if ax.lines]
    assert all(low == 0 and high > mean for low, high in tops)


def test_suppression_is_not_drawn_without_a_pain_signal(kinds):
    data = kinds["two axes"].data.copy(deep=True)
    assert {"forest", "heat_map"} <= set(kinds["two axes"].plots())
    data["pain_signal"] = xr.full_like(data["pain_signal"], np.nan)
    drawn = set(Results(xr.DataTree(data), Path("nowhere"), "").plots())
    assert drawn.isdisjoint({"forest", "heat_map", "dose_response"})
