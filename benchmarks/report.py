"""Writing what was measured: report.md, report.json, report.csv and figure.png."""

import csv
import json
import math
from dataclasses import asdict

from benchmarks.measure import spread


def write(folder, tables, machine, *, quick):
    """Write the report.

    Parameters
    ----------
    folder : pathlib.Path
    tables : list of benchmarks.tables.Table
    machine : dict of str to str
    quick : bool
        Whether the numbers come from the quick form, which the report then says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(in_markdown(tables, machine, quick=quick), encoding="utf-8")
    raw = {"machine": machine, "quick": quick, "tables": [asdict(t) for t in tables]}
    (folder / "report.json").write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
    with (folder / "report.csv").open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["table", "row", "x", "column", "round", "value"])
        for table in tables:
            for row in table.rows:
                for key, values in row.numbers.items():
                    for number, value in enumerate(values):
                        unit = table.columns[key]
                        lines.writerow([table.name, row.name, row.x, unit, number, value])


def in_markdown(tables, machine, *, quick):
    """Return the report as markdown."""
    lines = ["# Benchmarks", ""]
    if quick:
        lines += ["Made with `--quick`: few rounds and short trials. Not for comparison.", ""]
    lines += [
        "Medians over rounds, with smallest and largest in brackets and the number of rounds.",
        "CPU is user and system time of a process and its children. Ratios are taken round by",
        "round. `benchmarks/README.md` says what each number means.",
        "",
    ]
    lines += _promises(tables)
    for table in tables:
        lines += ["", f"## {table.title}", ""]
        lines += _grid(
            [*([table.x] if table.x else []), "", *table.columns.values(), "n", "spikes, notes"],
            [_line(row, table) for row in table.rows],
        )
        lines += [f"\n{remark}" for remark in table.remarks]
    lines += ["", "![The same numbers](figure.png)", "", "## Machine and versions", ""]
    lines += _grid(["", ""], [[k, v] for k, v in machine.items()])
    return "\n".join(lines) + "\n"


def _promises(tables):
    """Return the table of ratios with the project's gates."""
    rows = []
    for table in tables:
        for ratio in table.ratios:
            sign = "at most" if ratio.at_most else "at least"
            limits = [ratio.gate] if ratio.goal is None else [ratio.gate, ratio.goal]
            said = [f"{sign} {limit:g} {ratio.unit}" for limit in limits]
            verdicts = ["pass" if ratio.passes(limit) else "FAIL" for limit in limits]
            told = [f"{s}: {v}" for s, v in zip(said, verdicts, strict=True)]
            n = spread(ratio.values)["n"]
            rows.append([ratio.name, f"{cell(ratio.values)} {ratio.unit}", str(n), *told, ""][:5])
    if not rows:
        return []
    return ["## Ratios", "", *_grid(["", "measured", "n", "gate", "goal"], rows)]


def _line(row, table):
    x = [f"{row.x:,}"] if table.x else []
    return [*x, row.name, *(cell(row.numbers.get(k)) for k in table.columns), _n(row), row.note]


def _grid(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(str(c) for c in row) + " |" for row in rows]


def _n(row):
    return max((len(values) for values in row.numbers.values()), default=0)


def cell(values):
    """Return ``median (smallest-largest)`` to three figures, or nothing."""
    found = spread(values or [])
    if found is None:
        return ""
    middle = _three(found["median"])
    if found["n"] == 1:
        return middle
    return f"{middle} ({_three(found['min'])}-{_three(found['max'])})"


def _three(value):
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"
