"""``gatecontrol check`` and ``schema``: nothing is simulated, nothing heavy is imported."""

import sys
from collections.abc import Sequence
from pathlib import Path

from gatecontrol.cli.errors import BAD_INPUT
from gatecontrol.errors import ExperimentError, Problem

__all__ = ["check", "schema"]


def check(files: Sequence[str], overrides: Sequence[str], *, strict: bool, json: bool) -> int:
    """Print all problems of several files.

    Parameters
    ----------
    files : sequence of str
        Files or names of shipped experiments.
    overrides : sequence of str
        ``path=value``, applied to each.
    strict : bool
        Whether warnings count as errors.
    json : bool
        Whether the problems are printed as a JSON list.

    Returns
    -------
    int
        Exit code.
    """
    from gatecontrol.experiment.load import load

    problems: list[Problem] = []
    faulty = 0
    for name in files:
        try:
            experiment = load(name, overrides, strict=strict)
            found = list(experiment.warnings)
            summary = _summary(experiment)
        except ExperimentError as error:
            found, summary = list(error.problems), ""
            faulty += 1
        problems += found
        if not json:
            for problem in found:
                print(problem)
            if summary:
                print(summary)
    if json:
        from gatecontrol.cli.output import print_json

        print_json([p.as_dict() for p in problems])
    elif faulty:
        many = f"{len(problems)} problem{'s' * (len(problems) != 1)}"
        print(f"{many} in {len(files)} file{'s' * (len(files) != 1)}", file=sys.stderr)
    return BAD_INPUT if faulty else 0


def _summary(experiment: object) -> str:
    from gatecontrol.experiment.estimate import headline

    return f"ok: {headline(experiment)}"


def schema(out: Path | None) -> None:
    """Write the JSON Schema of experiment files.

    Parameters
    ----------
    out : Path or None
        File; standard output if None.
    """
    from json import dumps

    from gatecontrol.experiment.jsonschema import json_schema

    text = dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    out.write_text(text, encoding="utf-8")
    print(out)
