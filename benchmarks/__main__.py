"""Measure what a simulation costs: ``python -m benchmarks [--quick] [--only NAME] [--out DIR]``."""

import argparse
import sys
import time
from pathlib import Path

from benchmarks import figure, report
from benchmarks.machine import describe
from benchmarks.parts import PARTS

REPORT = Path(__file__).with_name("report")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds, short trials: a check")
    parser.add_argument(
        "--only", action="append", choices=PARTS, metavar="NAME", help=", ".join(PARTS)
    )
    parser.add_argument(
        "--skip",
        action="append",
        choices=PARTS,
        metavar="NAME",
        default=[],
        help="leave a part out",
    )
    parser.add_argument("--out", type=Path, default=None, help="default: benchmarks/report")
    given = parser.parse_args()
    wanted = [n for n in given.only or PARTS if n not in given.skip]
    if given.out is None and (given.quick or given.only or given.skip):
        parser.error("benchmarks/report is for a full run; give --out DIR")
    folder = given.out or REPORT
    machine, tables, began = describe(), [], time.monotonic()

    def say(text):
        print(f"[{time.monotonic() - began:5.0f} s] {text}", file=sys.stderr, flush=True)

    for name in wanted:
        say(f"part {name}")
        tables += PARTS[name](given.quick, lambda text, name=name: say(f"{name}: {text}"))
        report.write(folder, tables, machine, quick=given.quick)
    if tables:
        figure.draw(tables, folder / "figure.png")
    print((folder / "report.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
