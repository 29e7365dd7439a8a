"""Sobol indices: a function with a closed form, missing and constant outputs, the figure."""

import json

import numpy as np
import pytest
import xarray as xr

from gatecontrol.analysis import sensitivity as module
from gatecontrol.analysis.figures.sensitivity import sensitivity_indices, sensitivity_indices_alt
from gatecontrol.analysis.sensitivity import library, sensitivity
from gatecontrol.errors import GatecontrolError

BASE = 1024
PARAMETERS = ("device.frequency", "device.pulse_width", "stimuli[0].strength")
A, B = 7.0, 0.1
# Variances of the Ishigami function sin x1 + A sin^2 x2 + B x3^4 sin x1 over [-pi, pi]^3
V1 = 0.5 * (1 + B * np.pi**4 / 5) ** 2
V2 = A**2 / 8
V13 = B**2 * np.pi**8 * (1 / 18 - 1 / 50)
V = V1 + V2 + V13
FIRST = np.array([V1, V2, 0]) / V
TOTAL = np.array([V1 + V13, V2, V13]) / V


def ishigami(x):
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def results(outputs, x, base, pairs=False, signal=None):
    """Return results as assembled: `outputs` arm -> suppression per sample."""
    names = [p.replace(".", "_").replace("[0]", "_0") for p in PARAMETERS]
    epochs = ["before", "during", "after"]
    suppression = np.full((len(outputs), len(x), 3), np.nan)
    for index, y in enumerate(outputs.values()):
        suppression[index, :, 1] = y
    signal = suppression if signal is None else signal
    about = {
        "parameters": json.dumps(names),
        "base_samples": base,
        "second_order": int(pairs),
        "seed": 1,
    }
    ends = {"units": "1", "low": -np.pi, "high": np.pi, "scale": "linear"}
    return xr.Dataset(
        {
            "suppression_pooled": (("arm", "sample", "epoch"), suppression, {"units": "1"}),
            "pain_signal": (
                ("arm", "sample", "seed", "epoch"),
                np.stack([signal - 1, signal + 1], axis=2),
                {"units": "spikes/s"},
            ),
        },
        {
            "arm": list(outputs),
            "label": ("arm", [f"the {arm}" for arm in outputs]),
            "epoch": epochs,
            "sample": ("sample", [str(i + 1) for i in range(len(x))], about),
            "seed": [1, 2],
            **{
                n: ("sample", x[:, i], ends | {"long_name": p})
                for i, (n, p) in enumerate(zip(names, PARAMETERS, strict=True))
            },
        },
    )


def drawn(base, pairs=False):
    problem = {"num_vars": 3, "names": list("abc"), "bounds": [[-np.pi, np.pi]] * 3}
    return library("sample").sample(problem, base, calc_second_order=pairs, seed=1)


@pytest.fixture(scope="module")
def found():
    x = drawn(BASE)
    y = ishigami(x)
    gap = np.where(np.arange(len(y)) == 7, np.nan, y)
    return sensitivity(results({"scs": y, "flat": np.full_like(y, 0.25), "gap": gap}, x, BASE))


def test_the_indices_of_the_ishigami_function_are_those_of_its_closed_form(found):
    here = found.sel(arm="scs", epoch="during")
    assert list(found["parameter"].values) == list(PARAMETERS)
    # 1024 base samples: a standard error of 0.02 to 0.04 by the bootstrap
    np.testing.assert_allclose(here["suppression_first_order"], FIRST, atol=0.04)
    np.testing.assert_allclose(here["suppression_total"], TOTAL, atol=0.04)
    for order, truth in (("first_order", FIRST), ("total", TOTAL)):
        low, high = (here[f"suppression_{order}_{end}"].values for end in ("low", "high"))
        assert ((low <= truth) & (truth <= high)).all()
        # the interval is about as wide as the error allows, not more
        assert (high - low < 0.25).all()
    # the sample's variance; V itself within sampling error
    assert float(here["suppression_variance"]) == pytest.approx(V, rel=0.05)
    assert here["suppression_status"] == ""


def test_of_the_pain_signal_the_mean_over_seeds_counts(found):
    here = found.sel(arm="scs", epoch="during")
    for order in ("first_order", "total"):
        # the mean of y - 1 and y + 1 is y but for rounding
        np.testing.assert_allclose(
            here[f"pain_signal_{order}"], here[f"suppression_{order}"], atol=1e-9
        )
    assert found["pain_signal_variance"].attrs["units"] == "(spikes/s)^2"


def test_what_is_missing_or_constant_has_no_index_and_says_why(found):
    flat, gap = (found.sel(arm=arm, epoch="during") for arm in ("flat", "gap"))
    for here in (flat, gap):
        for name in ("suppression_first_order", "suppression_total_high"):
            assert np.isnan(here[name]).all()
    assert flat["suppression_status"] == "the output is the same in every sample"
    assert float(flat["suppression_variance"]) == 0
    assert gap["suppression_status"] == f"1 of {5 * BASE} samples have no value"
    assert np.isnan(gap["suppression_variance"])
    before = found.sel(arm="scs", epoch="before")
    assert before["suppression_status"] == f"{5 * BASE} of {5 * BASE} samples have no value"


def test_pairs_of_parameters():
    x = drawn(256, pairs=True)
    found = sensitivity(results({"scs": ishigami(x)}, x, 256, pairs=True))
    pair = found["suppression_second_order"].sel(arm="scs", epoch="during")
    assert pair.dims == ("parameter", "parameter_other")
    truth = V13 / V
    first, third = PARAMETERS[0], PARAMETERS[2]
    at = {"parameter": first, "parameter_other": third}
    low, high = (found[f"suppression_second_order_{e}"].sel(arm="scs", epoch="during", **at)
                 for e in ("low", "high"))  # fmt: skip
    assert low <= truth <= high
    assert np.isnan(pair.sel(parameter=third, parameter_other=first))


def test_every_variable_has_units_and_a_name(found):
    for name, variable in found.variables.items():
        if name not in {"arm", "epoch", "label"}:
            assert variable.attrs["units"], name
            assert len(variable.attrs["long_name"]) > 5, name
    assert list(found["parameter_low"].values) == [-np.pi] * 3
    assert list(found["parameter_scale"].values) == ["linear"] * 3


def test_the_same_data_give_the_same_bytes():
    x = drawn(64)
    data = results({"scs": ishigami(x)}, x, 64)
    one, other = sensitivity(data), sensitivity(data)
    for name in one.data_vars:
        if one[name].dtype.kind == "f":
            assert one[name].values.tobytes() == other[name].values.tobytes()


def test_results_without_a_design_have_no_indices(swept):
    assert sensitivity(swept.to_dataset(inherit=False)) is None


def test_without_salib_one_error_says_how_to_get_it(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(module, "import_module", missing)
    with pytest.raises(GatecontrolError) as caught:
        library("sample")
    assert str(caught.value) == (
        "sweep.sensitivity needs SALib, which is not installed: "
        + "pip install 'gatecontrol[sensitivity]'"
    )


def test_the_figure_shows_each_index_and_says_what_is_missing(found):
    figure = sensitivity_indices(found)
    (ax,) = figure.axes
    figure.draw_without_rendering()
    labels = [t.get_text() for t in ax.get_yticklabels()]
    # the most influential first, once: the two arms without indices have one row each
    assert labels == [PARAMETERS[i] for i in np.argsort(-TOTAL)]
    texts = [t.get_text() for t in ax.texts]
    assert "the scs" in texts
    assert "no index: the output is the same in every sample" in texts
    assert ax.get_xlabel() == "Sobol index of the suppression, epoch during [1]"
    points = [line.get_xdata()[0] for line in ax.lines if line.get_marker() in {"o", "s"}]
    here = found.sel(arm="scs", epoch="during")
    drawn_ones = {round(float(p), 9) for p in points}
    for order in ("first_order", "total"):
        assert {round(float(v), 9) for v in here[f"suppression_{order}"].values} <= drawn_ones


def test_the_figure_in_words(found):
    words = sensitivity_indices_alt(found)
    assert words.startswith(
        "Total Sobol indices of the suppression in the epoch during, with 95 % intervals in "
        + "brackets: the scs: device.frequency 0.5"
    )
    assert "the flat: no indices, the output is the same in every sample" in words
    assert sensitivity_indices_alt(found, "pain_signal").startswith(
        "Total Sobol indices of the pain signal"
    )


def test_the_figure_draws_where_it_is_told(found):
    from matplotlib.figure import Figure

    figure = Figure()
    ax = figure.add_subplot()
    assert sensitivity_indices(found, ax, "pain_signal") is figure
    assert ax.get_xlabel() == "Sobol index of the pain signal, epoch during [1]"
