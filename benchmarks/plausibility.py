"""Measure recruitment by the devices against the clinic, and its tables against the solver.

Run from the repository: ``python -m benchmarks.plausibility`` (some minutes; tables that are kept
already are not solved again). Writes the tables of docs/recruitment.md.
"""

from pathlib import Path

import numpy as np

from benchmarks.table_error import c_error_rows, interpolation_rows
from gatecontrol.devices.dose import landmarks
from gatecontrol.devices.excitability import reference
from gatecontrol.plugins import load_plugin
from gatecontrol.preparations import load_preparation

PAGE = Path(__file__).parents[1] / "docs" / "recruitment.md"
# name, device, settings, quantity -> (low, high, source); mA, or a ratio
SCS_PT = (1.0, 4.0, "recalled, 200-300 us")
SCS_RATIO = (1.4, 1.6, "recalled")
CASES = (
    *(
        (
            f"SCS, fluid {csf} mm, dura {dura} S/m",
            "scs",
            {"csf": f"{csf} mm", "dura_conductivity": f"{dura} S/m"},
            {"perception": SCS_PT, "discomfort / perception": SCS_RATIO},
        )
        for dura in (0.6, 0.02)
        for csf in (2, 3, 4, 5, 6)
    ),
    ("DRG", "drg", {}, {"perception": (0.0, 1.0, "recalled: programmes below 1 mA")}),
    (
        "PNS, percutaneous, 5 mm",
        "pns",
        {"distance": "5 mm"},
        {"perception": (0.1, 30.0, "recalled: range of programmers")},
    ),
    (
        "PNS, percutaneous, 10 mm",
        "pns",
        {"distance": "10 mm"},
        {"perception": (0.1, 30.0, "recalled: range of programmers")},
    ),
    ("PNS, cuff", "pns", {"electrode": "cuff"}, {"perception": (0.05, 2.0, "recalled")}),
    (
        "TENS, 100 us",
        "tens",
        {"pulse_width": "100 us"},
        {"perception": (2.0, 20.0, "recalled: 10-30 mA is strong, but does not hurt")},
    ),
    (
        "TENS, 200 us",
        "tens",
        {"pulse_width": "200 us"},
        {
            "perception": (2.0, 20.0, "recalled: 10-30 mA is strong, but does not hurt"),
            "motor / perception": (1.5, 2.0, "recalled"),
            "discomfort / perception": (2.0, 3.0, "recalled"),
        },
    ),
)


def number(value):
    """Return a value as text, also if there is none."""
    if np.isnan(value):
        return ""
    return "not reached" if np.isinf(value) else f"{value:.3g}"


def verdict(value, low, high):
    """Return in words where a value lies."""
    if not np.isfinite(value):
        return "**fails**: not reached"
    if value < low:
        return "**fails**: below"
    return "passes" if value <= high else "**fails**: above"


def c_share(found, amplitude):
    """Return the share of C fibres that an amplitude recruits, over the models, as text."""
    if not np.isfinite(amplitude):
        return "not reached"
    shares = {model: float(np.mean(t <= amplitude)) for model, t in found.c_models.items()}
    if not any(shares.values()):
        return "none"
    return ", ".join(f"{model} {share:.1%}" for model, share in shares.items() if share)


def measured():
    """Return name -> (landmarks in mA with their ratios, reference) of every case."""
    human, found = load_preparation("human"), {}
    for name, kind, settings, _ in CASES:
        device = load_plugin("devices", kind).from_config({"amplitude": "1 mA", **settings})
        known = reference(device, human)
        marks = {key: 1e3 * value for key, value in landmarks(device, known).items()}
        for key in ("discomfort", "motor"):
            marks[f"{key} / perception"] = marks[key] / marks["perception"]
        found[name] = marks, known
        print(name, {k: round(v, 3) for k, v in marks.items()}, flush=True)
    return found


def landmark_table(found):
    """Return the landmarks of every case as a table."""
    keys = ("perception", "motor", "discomfort", "discomfort / perception")
    lines = [
        "| device | perception | motor | discomfort | discomfort / perception | C at discomfort |",
        "|---|---|---|---|---|---|",
    ]
    for name, (marks, known) in found.items():
        cells = [number(marks[k]) for k in keys]
        cells.append(c_share(known, marks["discomfort"] / 1e3))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def verdict_table(found):
    """Return what the literature spans, what was computed, and the verdict."""
    lines = ["| what | computed | range | source | verdict |", "|---|---|---|---|---|"]
    for name, _, _, ranges in CASES:
        for key, (low, high, source) in ranges.items():
            value = found[name][0][key]
            unit = "" if "/" in key else " mA"
            lines.append(
                f"| {name}: {key} | {value:.3g}{unit} | {low:g}-{high:g}{unit} | {source} | "
                + f"{verdict(value, low, high)} |"
            )
    for what, shown, source, holds in _orders(found):
        lines.append(f"| {what} | {shown} | | {source} | {'passes' if holds else '**fails**'} |")
    return lines


def _orders(found):
    """Yield what must be larger than what: text, numbers, source and whether it holds."""
    for dura in ("0.6", "0.02"):
        names = [n for n in found if n.startswith("SCS") and f"dura {dura} " in n]
        values = [found[n][0]["perception"] for n in names]
        yield (
            f"SCS, dura {dura} S/m: perception rises with the fluid",
            " < ".join(f"{v:.3g}" for v in values) + " mA",
            "he1994",
            bool((np.diff(values) > 0).all()),
        )
    scs = min(marks["perception"] for n, (marks, _) in found.items() if n.startswith("SCS"))
    drg = found["DRG"][0]["perception"]
    yield "DRG below SCS", f"{drg:.3g} < {scs:.3g} mA", "recalled", drg < scs
    for name in ("TENS, 100 us", "TENS, 200 us"):
        marks = found[name][0]
        three = [marks[k] for k in ("perception", "motor", "discomfort")]
        yield (
            f"{name}: felt, then moves, then hurts",
            " < ".join(f"{v:.3g}" for v in three) + " mA",
            "hughes2013 (felt before it hurts), recalled (motor)",
            three == sorted(three),
        )
    for what, source in (
        ("SCS", "recalled"),
        ("TENS", "recalled"),
        ("DRG", "graham2019 (none at clinical amplitudes)"),
    ):
        shares = {
            c_share(known, marks["discomfort"] / 1e3)
            for name, (marks, known) in found.items()
            if name.startswith(what)
        }
        yield (
            f"{what}: no C fibre at discomfort, any model",
            ", ".join(shares),
            source,
            shares == {"none"},
        )


def write(blocks):
    """Put text between the page's markers.

    Parameters
    ----------
    blocks : dict of str to list of str
        Name of the marker -> lines.
    """
    page = PAGE.read_text(encoding="utf-8")
    for name, lines in blocks.items():
        before, _, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        page = f"{before}<!-- {name} -->\n" + "\n".join(lines) + f"\n{end}{after}"
    PAGE.write_text(page, encoding="utf-8")


def main():
    found = measured()
    write({
        "landmarks": landmark_table(found),
        "verdicts": verdict_table(found),
        "interpolation": interpolation_rows(),
        "c fibres": c_error_rows(),
    })


if __name__ == "__main__":
    main()
