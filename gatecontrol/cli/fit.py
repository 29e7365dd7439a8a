"""``gatecontrol fit`` and ``gatecontrol robustness``: assumed numbers, chosen and shaken."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.cli.output import print_json, print_table, reporter
from gatecontrol.errors import UsageError

if TYPE_CHECKING:
    from gatecontrol.evidence.robustness import Robustness

__all__ = ["fit", "robustness"]

_MOST_ROWS = 40


def fit(
    source: str,
    *,
    trials: int | None,
    out: Path | None,
    workers: int | None,
    fresh: bool,
    engine: str,
    json: bool,
) -> None:
    """Fit a circuit and print what was found.

    Parameters
    ----------
    source : str
        Fit file, or the name of a shipped one.
    trials, out, workers, fresh
        See `gatecontrol.evidence.fit.fit_circuit`.
    engine : str
        Simulation engine.
    json : bool
        Whether the record is printed as JSON.
    """
    from gatecontrol.evidence.fit import fit_circuit
    from gatecontrol.evidence.fitfile import read_fit

    read = read_fit(source)
    folder = out or Path("results") / "fits" / read.name
    words = ["gatecontrol", "fit", source, *(["--trials", str(trials)] if trials else [])]
    record = fit_circuit(
        read,
        trials=trials,
        out=folder,
        workers=workers,
        fresh=fresh,
        progress=reporter(),
        backend=engine,
        again=shlex.join([*words, "--out", str(folder)]),
    )
    if json:
        print_json({"results": str(folder)} | record)
        return
    _show(record)
    print(f"Results: {folder / 'fit.json'}, {folder / 'fitted.yaml'}")


def _show(record: dict[str, Any]) -> None:
    best, first = record["best"], record["trials"][0]
    before = {(p["phenomenon"], p["quantity"]): p for p in first["parts"]}
    table = [
        [
            f"{p['phenomenon']}.{p['quantity']}",
            _number(before[p["phenomenon"], p["quantity"]]["value"]),
            _number(p["value"]),
            f"{p['distance']:.2g}",
            p["verdict"],
        ]
        for p in best["parts"]
    ]
    headings = ["quantity", "at the start", "best", "off the band", "verdict"]
    print_table(headings, table, right="lrrrl")
    values = [
        [one["name"], one["kind"], f"{best['values'][one['name']]:.4g} {one['unit']}".strip()]
        for one in record["parameters"]
    ]
    print_table(["parameter", "is a", "best"], values, right="llr")
    print(
        f"objective {best['objective']:.3g} (start {first['objective']:.3g}), "
        + f"trial {best['number'] + 1} of {len(record['trials'])}, in half-widths of the bands"
    )
    print(f"Not used, so still a test: {', '.join(record['not_used']) or 'no phenomenon'}")


def _number(value: float | str | None) -> str:
    return "" if value is None else f"{float(value):.3g}"


def robustness(
    circuit: str,
    *,
    only: Sequence[str],
    depth: str,
    by: str,
    parameters: str,
    factors: str,
    seeds: int | None,
    out: Path | None,
    workers: int | None,
    engine: str,
    json: bool,
) -> None:
    """Change every assumed number, score again, print and write the tables.

    Parameters
    ----------
    circuit : str
        Name or file.
    factors : str
        Separated by commas.
    only, depth, by, parameters, seeds, out, workers
        See `gatecontrol.evidence.robustness.robustness`.
    engine : str
        Simulation engine.
    json : bool
        Whether the table is printed as JSON.
    """
    from gatecontrol.evidence.robustness import robustness as shake
    from gatecontrol.evidence.robustness import write

    try:
        times = [float(text) for text in factors.split(",")]
    except ValueError:
        raise UsageError(f"--factors takes numbers such as 0.8,1.2, not '{factors}'") from None
    folder = out or Path("results") / "robustness" / Path(circuit).stem / depth
    found = shake(
        circuit,
        only=only,
        depth=depth,
        by=by,
        parameters=parameters,
        factors=times,
        out=folder,
        seeds=seeds,
        workers=workers,
        progress=reporter(),
        backend=engine,
        again=shlex.join(["gatecontrol", *sys.argv[1:]]),
    )
    files = write(found, folder)
    _show_changes(found, json=json)
    if not json:
        print(f"Results: {', '.join(str(path) for path in files)}")


def _show_changes(found: "Robustness", *, json: bool) -> None:
    from gatecontrol.evidence.robustness import HEADINGS, rows

    table = rows(found)
    if json:
        keys = [heading.replace(" ", "_") for heading in HEADINGS]
        changes = [dict(zip(keys, row, strict=True)) for row in table]
        facts = {"circuit": found.base.circuit, "passed": found.base.passed}
        print_json(facts | {"changes": changes, "not_changed": found.unvaried})
        return
    print_table(HEADINGS, table[:_MOST_ROWS], right="lrrrlll")
    if len(table) > _MOST_ROWS:
        print(f"... and {len(table) - _MOST_ROWS} more in robustness.md")
