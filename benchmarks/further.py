"""Published findings that the evidence battery does not use, beside the default circuit.

Runs the experiments of ``benchmarks/further`` with the default circuit and prints a Markdown
table: what was measured, and whether it agrees. A verdict is computed from the comparisons that
``benchmarks/further_findings.py`` states, *(edge)* where one standard error could have turned
one; it is no pass or fail of the battery. From the repository: ``python -m benchmarks.further
[--only ID] [--out FOLDER] [--workers N]``. What is finished in the folder is not computed again.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import xarray as xr

import gatecontrol
from benchmarks.further_findings import FINDINGS
from benchmarks.further_verdicts import Finding, verdict
from gatecontrol.evidence.score_file import circuit_digest

EXPERIMENTS = Path(__file__).parent / "further"


def table(data: Mapping[str, xr.Dataset], findings: Sequence[Finding]):
    """Return the Markdown table of findings, given the data of their experiments by name."""
    lines = [
        "| finding | source | measured: mean (range over seeds) | verdict |",
        "|---|---|---|---|",
    ]
    for one in findings:
        found = one.compare(*(data[name] for name in one.experiments))
        measured = "; ".join(str(c) for c in found)
        cells = [f"**{one.ids}** {one.text}", ", ".join(one.sources), measured, verdict(found)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def chosen(only):
    """Return the findings with one of the ids, all without ids."""
    unknown = set(only) - {id_ for one in FINDINGS for id_ in one.ids.split(", ")}
    if unknown:
        known = ", ".join(one.ids for one in FINDINGS)
        raise SystemExit(f"--only: no finding {', '.join(sorted(unknown))}; there are {known}")
    return [one for one in FINDINGS if not only or set(only) & set(one.ids.split(", "))]


def main(arguments=None):
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument(
        "--only", action="append", default=[], metavar="ID", help="may be repeated"
    )
    options.add_argument("--out", type=Path, default=Path("results/further"), metavar="FOLDER")
    options.add_argument(
        "--workers", type=int, metavar="N", help="processes; one per core by default"
    )
    given = options.parse_args(arguments)
    findings = chosen(given.only)
    data = {}
    for name in dict.fromkeys(name for one in findings for name in one.experiments):
        results = gatecontrol.run(
            EXPERIMENTS / f"{name}.yaml", given.out / name, workers=given.workers
        )
        data[name] = results.data
    print(table(data, findings))
    print(f"Circuit file {circuit_digest('gate')}.")


if __name__ == "__main__":
    main()
