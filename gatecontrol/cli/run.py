"""``gatecontrol run``: progress on standard error, the result on standard output."""

import os
import shlex
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol import __version__
from gatecontrol.cli.output import print_json, print_table, reporter

if TYPE_CHECKING:
    from gatecontrol.experiment.runner import Outcome

__all__ = ["run", "show", "summary_table"]

_MOST_ROWS = 60


def run(
    name: str,
    overrides: Sequence[str],
    *,
    out: Path | None,
    workers: int | None,
    fresh: bool,
    yes: bool,
    engine: str,
    scheduler: str | None,
    shard: str | None,
    portable: bool,
    strict: bool,
    json: bool,
) -> None:
    """Run an experiment, print its table and, last, where the results are.

    Parameters
    ----------
    name : str
        File or name of a shipped experiment.
    overrides : sequence of str
        ``path=value``.
    out, workers, fresh, yes
        See `gatecontrol.run`.
    engine : str
        Simulation engine.
    scheduler : str or None
        Dask scheduler.
    shard : str or None
        ``i/n``: compute this part only.
    portable : bool
        Whether networks are compiled for every processor of this kind of machine.
    strict : bool
        Whether warnings are errors.
    json : bool
        Whether the summary is printed as JSON.
    """
    if portable:
        os.environ["GATECONTROL_PORTABLE"] = "1"  # workers inherit it
    say = reporter()
    say.say(f"gatecontrol {__version__}: reading {name}")
    from gatecontrol.experiment.load import load
    from gatecontrol.experiment.shards import Shard

    part = None if shard is None else Shard.parse(shard)
    experiment = load(name, overrides, strict=strict)
    from gatecontrol.experiment.runner import carry_out

    again = ["gatecontrol", "run", name]
    for override in overrides:
        again += ["--set", override]
    if out is not None:
        again += ["--out", str(out)]
    if scheduler is not None:
        again += ["--scheduler", scheduler]
    if part is not None:
        again += ["--shard", str(part)]
    if portable:
        again += ["--portable"]
    if engine != "auto":
        again += ["--engine", engine]
    outcome = carry_out(
        experiment,
        out,
        workers=workers,
        fresh=fresh,
        yes=yes,
        progress=say,
        backend=engine,
        scheduler=scheduler,
        shard=part,
        again=shlex.join(again),
    )
    if part is None:
        show(outcome, {str(warning) for warning in experiment.warnings}, json=json)
        return
    results = outcome.folder.parent.parent
    if json:
        facts = {"shard": str(part), "folder": str(outcome.folder), "trials": outcome.trials}
        print_json(facts | {"computed": outcome.computed, "reused": outcome.reused})
        return
    print(f"Shard {part} is complete: {outcome.trials} points in {outcome.folder}")
    print(f"When all shards are: gatecontrol merge {shlex.quote(str(results))}")


def show(outcome: "Outcome", said: Collection[str], *, json: bool) -> None:
    """Print the table of a finished run and, last, where the results are.

    Parameters
    ----------
    outcome : Outcome
    said : collection of str
        Warnings that were shown before.
    json : bool
        Whether the summary is printed as JSON.
    """
    record = outcome.record
    if json:
        keys = ("name", "summary", "warnings", "backend", "seconds")
        facts = {"results": str(outcome.folder), "computed": outcome.computed}
        print_json(facts | {"reused": outcome.reused} | {k: record.get(k) for k in keys})
        return
    for warning in (w for w in record["warnings"] if w not in said):
        print(f"warning: {warning}", file=sys.stderr)
    summary_table(record)
    print(f"Results: {outcome.folder}")


def summary_table(record: dict[str, Any]) -> None:
    """Print one row per arm and sweep point: dose, recruitment, suppression.

    Parameters
    ----------
    record : dict
        Content of ``run.json``.
    """
    rows, axes = record["summary"], record["axes"]
    columns = {
        "mA": lambda row: _number(row["amplitude"], 1e3),
        "%PT": lambda row: _number(row["amplitude_relative"], 1e2),
        "A-beta recruited": lambda row: _percent(row["recruited_abeta"]),
        "pain signal": lambda row: _number(row["pain_signal"]),
        "control": lambda row: _number(row["pain_signal_off"]),
        "suppression": lambda row: _percent(row["suppression"]),
        "95 % interval": _interval,
    }
    if all(r["amplitude"] is None and r["pain_signal"] == r["pain_signal_off"] for r in rows):
        columns = {"pain signal": columns["pain signal"]}  # nothing is compared with anything
    texts = {name: [show(row) for row in rows] for name, show in columns.items()}
    shown = [name for name, cells in texts.items() if any(cells)]
    cells = []
    for number, row in enumerate(rows[:_MOST_ROWS]):
        cells.append([row["label"], *row["axes_text"], *(texts[name][number] for name in shown)])
    headings = ["arm", *(axis.replace("_", " ") for axis in axes), *shown]
    print_table(headings, cells, right="l" + "r" * (len(headings) - 1))
    if len(rows) > _MOST_ROWS:
        print(f"... and {len(rows) - _MOST_ROWS} more rows in results.nc and report.html")
    if "pain signal" in shown:
        print("pain signal (and control): spikes/s per deep projection neuron, epoch 'during'")
    else:
        print("no pain signal: no cells of the circuit carry one; rates are in the report")
        return
    for reason in (
        [] if len(columns) == 1 else dict.fromkeys(row["reason"] for row in rows if row["reason"])
    ):
        print(f"suppression: {reason}")


def _number(value: float | None, factor: float = 1.0) -> str:
    return "" if value is None else f"{factor * value:.3g}"


def _percent(value: float | None) -> str:
    # Adding zero makes the minus zero of a rounded small number a plain one.
    return "" if value is None else f"{round(100 * value) + 0:d} %"


def _interval(row: dict[str, Any]) -> str:
    low, high = row["suppression_low"], row["suppression_high"]
    return "" if low is None or high is None else f"{100 * low:.0f} to {100 * high:.0f} %"
