"""What must pass: a list of phenomena, or whatever passed in an earlier score."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatecontrol.analysis.report.score import ScoreFile, read_score
from gatecontrol.errors import ExperimentError, UsageError

__all__ = ["Required", "read_required"]


@dataclass(frozen=True)
class Required:
    """Phenomena that must pass.

    Attributes
    ----------
    ids : tuple of str
    circuit : str
        Only of this circuit; of every one that is scored if empty.
    """

    ids: tuple[str, ...]
    circuit: str = ""

    def unmet(self, scores: Sequence[ScoreFile]) -> list[str]:
        """Return what is not met, in words; empty if all is.

        Parameters
        ----------
        scores : sequence of ScoreFile
        """
        found = []
        for score in scores:
            if self.circuit not in {"", score.circuit}:
                continue
            for id in self.ids:
                one = score.get(id)
                verdict = "not scored" if one is None else one.verdict
                if verdict != "pass":
                    found.append(f"{score.circuit} {id}: {verdict}")
        return found


def read_required(path: Path, known: Sequence[str], circuits: Sequence[str]) -> Required:
    """Read what must pass.

    Parameters
    ----------
    path : Path
        A list of ids (YAML or JSON), or a ``score.json``: what passed in it must pass again.
    known : sequence of str
        Ids that will be scored.
    circuits : sequence of str
        Names of the circuits that will be scored.

    Raises
    ------
    UsageError
        The file holds neither, or requires what will not be scored.
    GatecontrolError
        It cannot be read.
    """
    data = _content(path)
    if isinstance(data, dict) and "phenomena" in data:
        score = read_score(path)
        if score.circuit not in circuits:
            raise UsageError(
                f"--require {path}: that is a score of the circuit '{score.circuit}', and "
                + f"{', '.join(circuits)} is scored. Add --circuit {score.circuit}"
            )
        required = Required(score.ids("pass"), score.circuit)
    elif isinstance(data, list) and all(isinstance(one, str) for one in data):
        required = Required(tuple(one.upper() for one in data))
    else:
        raise UsageError(
            f"--require {path}: needs a list of phenomena, {json.dumps(['P01', 'P02'])}, or a "
            + "score.json"
        )
    lost = [id for id in required.ids if id not in known]
    if lost:
        raise UsageError(
            f"--require {path}: {', '.join(lost)} will not be scored, only {', '.join(known)}. "
            + "Leave out --only, or shorten the list"
        )
    return required


def _content(path: Path) -> Any:
    """Return what a file of YAML holds, of which JSON is a part."""
    from gatecontrol.yamlfile import read_yaml_value

    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--require {path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise UsageError(f"--require {path}: is not UTF-8 text") from None
    value, _, problems = read_yaml_value(text, str(path))
    if problems:
        raise ExperimentError(problems)
    return value
