"""Figures: every one is drawn, and no text overlaps, leaves the page or lacks a unit."""

import itertools
import random
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from gatecontrol.analysis.figures import (
    circuit_layout,
    compares,
    draw_all,
    drawings,
    raster_data,
    suppression_along_axis,
    suppression_by_arm,
    windup_curves,
)
from gatecontrol.analysis.figures.circuit_diagram import (
    circuit_diagram,
    circuit_diagram_alt,
)
from gatecontrol.analysis.figures.circuit_layout import layout, path_points
from gatecontrol.analysis.figures.forest import effect_text
from gatecontrol.analysis.figures.kept import RasterData
from gatecontrol.analysis.figures.raster import raster, raster_alt
from gatecontrol.analysis.figures.rows import numeric_axis, rows_of
from gatecontrol.analysis.figures.style import apart, percent
from gatecontrol.circuits import load_circuit


@pytest.fixture(scope="session")
def all_drawings(compared, swept, wound):
    return {
        (kind, drawing.name): drawing
        for kind, tree in (("compared", compared), ("swept", swept), ("wound", wound))
        for drawing in drawings(tree)
    }


def test_each_run_gets_the_figures_it_has_data_for(all_drawings):
    names = {kind: [n for k, n in all_drawings if k == kind] for kind in ("compared", "swept")}
    assert names["compared"] == [
        "suppression_by_arm", "recruitment", "raster", "population_rates", "circuit", "safety",
    ]  # fmt: skip
    assert names["swept"] == [
        "suppression_by_device_frequency", "suppression_by_arm", "circuit", "safety",
    ]  # fmt: skip
    assert [n for k, n in all_drawings if k == "wound"] == ["windup", "circuit"]


def test_every_figure_is_legible_with_units_and_words(all_drawings, assert_legible, assert_units):
    for (_, name), drawing in all_drawings.items():
        assert_legible(drawing.figure)
        if name != "circuit":
            assert_units(drawing.figure)
        assert len(drawing.alt) > 60
        assert drawing.alt.endswith(".")
        assert drawing.caption.endswith(".")


def test_drawing_leaves_no_global_state(compared):
    from matplotlib import pyplot

    before = dict(matplotlib.rcParams)
    list(drawings(compared))
    assert pyplot.get_fignums() == []
    assert dict(matplotlib.rcParams) == before


def test_figures_draw_into_given_axes(compared, swept, wound):
    for function, tree in (
        (suppression_by_arm, compared),
        (suppression_along_axis, swept),
        (windup_curves, wound),
        (lambda data, ax: circuit_diagram(load_circuit("gate"), ax), compared),
    ):
        figure = Figure(figsize=(8, 6))
        ax = figure.add_subplot()
        assert function(tree.to_dataset(), ax=ax) is figure
        assert figure.axes == [ax]


def test_a_dollar_sign_in_a_label_is_text(tmp_path, swept):
    odd = swept.copy()
    labels = [rf"$\foo_{i}$" for i in range(odd.sizes["arm"])]
    odd["label"] = xr.DataArray(labels, dims="arm")
    assert draw_all(odd, tmp_path)


def test_files_are_png_and_svg_and_the_same_every_time(tmp_path, wound):
    first = draw_all(wound, tmp_path / "a")
    draw_all(wound, tmp_path / "b")
    names = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert names == ["circuit.png", "circuit.svg", "windup.png", "windup.svg"]
    assert [p.name for _, p in first] == ["windup.png", "circuit.png"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_the_forest_says_estimate_and_dose(compared, visible_texts):
    texts = " | ".join(w for w, _ in visible_texts(suppression_by_arm(compared.to_dataset())))
    assert "4.2 mA (120 % PT) · Aβ 62 % · Aδ 2 % · 1.26 µC/phase · 100 µW" in texts
    row = next(iter(rows_of(compared.to_dataset())))
    assert effect_text(row) in texts
    value = float(compared["suppression_pooled"].sel(arm="scs", epoch="during"))
    assert effect_text(row).startswith(f"{100 * value:.1f} % [")


def test_forest_without_intervals_and_without_a_device(wound, assert_legible, visible_texts):
    data = wound.to_dataset()
    assert not compares(data)
    figure = suppression_by_arm(data)
    assert_legible(figure)
    assert "no device" in {w for w, _ in visible_texts(figure)}


def test_numeric_axis_is_found(compared, swept):
    assert numeric_axis(swept.to_dataset()) == "device_frequency"
    assert numeric_axis(compared.to_dataset()) is None
    with pytest.raises(ValueError, match="no numeric sweep axis"):
        suppression_along_axis(compared.to_dataset())


def test_a_linear_axis_and_other_units(swept, assert_legible):
    data = swept.to_dataset().isel(device_frequency=slice(2, 5))
    data["device_frequency"] = data["device_frequency"] * 1e-5
    data["device_frequency"].attrs |= {"units": "s", "long_name": "device.pulse_width"}
    figure = suppression_along_axis(data)
    assert_legible(figure)
    assert figure.axes[0].get_xlabel() == "Pulse width [ms]"
    assert figure.axes[0].get_xscale() == "linear"


def test_raster_shows_the_arm_with_the_largest_effect_unless_told(compared):
    assert raster_data(compared).title == "DBS 20 Hz (PAG/PVG), seed 1"
    data = raster_data(compared, "scs")
    assert data.title == "SCS 50 Hz tonic, seed 1"
    assert data.device == (2.5, 7.7)
    assert data.evoked == (1.5, 8.8)
    assert data.titles["c"] == "C"
    assert raster_data(compared, "scs", seed=2) is None


def test_raster_alt_gives_the_rates(all_drawings):
    alt = all_drawings["compared", "raster"].alt
    # 10 /s without, 5 /s with the device, which halves the projection neurons' rate.
    part = alt.split("Projection neurons (lamina I) ")[1].rstrip(".")
    off, on = (float(v) for v in part.split(" and "))
    assert off == pytest.approx(10, rel=0.15)
    assert on == pytest.approx(5, rel=0.15)


def test_an_empty_window_is_none(compared):
    empty = {"evoked_stop": ("arm", np.full(3, 1.5)), "device_off": ("arm", np.full(3, 2.5))}
    root = compared.to_dataset(inherit=False)
    about = {name: root[name].attrs for name in empty}
    root = root.assign({n: (d, v, about[n]) for n, (d, v) in empty.items()})
    data = raster_data(xr.DataTree.from_dict({"/": root, "/spikes": compared["spikes"].ds}))
    assert data.evoked is None
    assert data.device is None
    assert "from 0 s to 9 s" in raster_alt(data)
    assert "nan" not in raster_alt(data)


def test_names_of_many_populations_do_not_overlap(assert_legible):
    from dataclasses import asdict

    circuit = asdict(load_circuit("gate"))
    titles = {n: g["title"] for k in ("afferents", "populations") for n, g in circuit[k].items()}
    train = (2, np.array([0, 1], dtype=np.int32), np.array([0.1, 0.4]))
    trains = dict.fromkeys(titles, train)
    cells = tuple(circuit["populations"])
    data = RasterData("tonic, seed 1", trains, trains, titles, cells, 1.0, (0.2, 0.6))
    assert_legible(raster(data))


def test_one_cell_is_no_plural():
    from dataclasses import asdict

    details = {node.detail for node in layout(asdict(load_circuit("zhang2014"))).nodes}
    assert "lamina V, 1 cell" in details


# --- the circuit diagram


def bezier(points):
    """Sample a chain of cubic Bezier curves."""
    t = np.linspace(0, 1, 40)[:, None]
    points = np.array(points)
    curves = []
    for k in range(0, len(points) - 1, 3):
        a, b, c, d = points[k : k + 4]
        weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
        curves.append(sum(w * p for w, p in zip(weights, (a, b, c, d), strict=True)))
    return np.concatenate(curves)


def assert_clear(plan):
    """No box overlaps another, and no line runs behind a box that is not its own."""
    boxes = {id(n): (*n.x, n.y - n.height / 2, n.y + n.height / 2) for n in plan.nodes}
    for one, other in itertools.combinations(boxes.values(), 2):
        apart_x = one[1] <= other[0] or other[1] <= one[0]
        assert apart_x or one[3] <= other[2] or other[3] <= one[2]
    for edge in plan.edges:
        line = bezier(path_points(edge, 0))
        for node in plan.nodes:
            if node in (edge.source, edge.target):
                continue
            left, right, low, high = boxes[id(node)]
            x, y = line.T
            behind = (x > left) & (x < right) & (y > low) & (y < high)
            assert not behind.any(), f"{edge.source.name} to {edge.target.name}: {node.name}"
    heights = [h for *_, low, high in boxes.values() for h in (low, high)]
    assert min(heights) > 0
    assert max(heights) < plan.height


def test_the_gate_circuit_is_laid_out_clearly():
    from dataclasses import asdict

    assert_clear(layout(asdict(load_circuit("gate"))))


def made_up(fibres, interneurons, projections, share, seed):
    """Return a circuit with random pathways."""
    rng = random.Random(seed)
    afferents = {
        f"f{k}": {"title": f"Fibres number {k}", "size": 10, "fibre_class": "abeta"}
        for k in range(fibres)
    }
    populations = {}
    for k in range(interneurons + projections):
        kind = "projection" if k >= interneurons else rng.choice(["excitatory", "inhibitory"])
        lamina = rng.choice(["I", "II", "II-III", "V"])
        populations[f"p{k}"] = {
            "title": f"Population with a long title, number {k}",
            "size": 10,
            "kind": kind,
            "lamina": lamina,
        }
    pathways = {}
    sources = [*afferents, *(n for n, p in populations.items() if p["kind"] != "projection")]
    for source, target in itertools.product(sources, populations):
        if source != target and rng.random() < share:
            receptor = rng.choice(["ampa", "gaba_a"])
            pathways[f"{source}_to_{target}"] = {
                "source": source,
                "target": target,
                "weights": {receptor: None},
                "gated": rng.random() < 0.3,
            }
    return {"afferents": afferents, "populations": populations, "pathways": pathways}


@pytest.mark.parametrize("seed", range(8))
def test_any_circuit_is_laid_out_clearly_and_legibly(seed, assert_legible):
    rng = random.Random(seed)
    sizes = rng.randint(1, 6), rng.randint(0, 6), rng.randint(1, 4)
    circuit = made_up(*sizes, 0.6, seed)
    assert_clear(layout(circuit))
    assert_legible(circuit_diagram(circuit))


def test_inhibition_is_said_in_words_and_shown_without_colour():
    alt = circuit_diagram_alt(load_circuit("gate"))
    said = dict(part.split(": ", 1) for part in alt.rstrip(".").split(". ")[1].split("; "))
    assert said["C"].startswith("excites Excitatory interneurons")
    assert said["Inhibitory interneurons (local)"].startswith("inhibits ")
    assert "Excitatory interneurons" in said["Inhibitory interneurons (local)"]
    assert {"gaba_a", "glycine", "gaba_b", "monoamine"} <= circuit_layout.INHIBITORY
    alt = circuit_diagram_alt(load_circuit("sagalajev2024"))
    assert "Inhibitory neurons: inhibits Excitatory neurons" in alt


# --- small things


def test_apart_moves_labels_as_little_as_possible():
    assert apart([0.0, 1.0, 5.0], 0.5) == [0.0, 1.0, 5.0]
    assert apart([1.0, 1.0], 0.5) == [0.75, 1.25]
    found = apart([3.0, 1.0, 1.1, 1.2], 0.5)
    assert found == pytest.approx([3.0, 0.6, 1.1, 1.6])
    rng = np.random.default_rng(1)
    moved = sorted(apart(rng.uniform(0, 1, 12).tolist(), 0.1))
    assert min(np.diff(moved)) >= 0.1 - 1e-9


def test_percent():
    assert percent(0.3421) == "34.2 %"
    assert percent(-0.0001) == "0.0 %"
    assert percent(-0.02) == "\N{MINUS SIGN}2.0 %"


def test_raster_of_a_run_without_device_is_drawn_once():
    train = {"c": (2, np.array([0, 1], dtype=np.int32), np.array([0.1, 0.4]))}
    data = RasterData("default, seed 1", train, dict(train), {"c": "C"}, ("c",), 1.0)
    figure = raster(data)
    assert [ax.get_title(loc="left") for ax in figure.axes if ax.get_title(loc="left")] == [
        "no device"
    ]
    with_device = replace(data, device=(0.2, 0.6))
    assert len(raster(with_device).axes) == 2 * len(figure.axes)
