"""The matrix of a score: phenomena by circuits, each verdict a sign that needs no colour."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from gatecontrol.analysis.figures.style import COLOURS, GREY, canvas, house_style, wrapped
from gatecontrol.analysis.report.score import ScoredPhenomenon, ScoreFile
from gatecontrol.evidence.words import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ALT_LIMIT", "caption", "matrix", "matrix_alt"]

ALT_LIMIT = 8
"""Circuits of which the figure tells every verdict in words."""

_PASS, _FAIL = COLOURS[0], COLOURS[1]
_SIGNS = {
    "pass": "\N{CHECK MARK}",
    "fail": "\N{MULTIPLICATION X}",
    "not expressible": "\N{EN DASH}",
}
_TITLE = 54  # letters of a title in one line


def matrix(scores: Sequence[ScoreFile], uncredited: Collection[str] | None = None) -> "Figure":
    """Draw the verdicts of several circuits.

    Parameters
    ----------
    scores : sequence of ScoreFile
        One column each.
    uncredited : collection of str, optional
        Ids that a static gain passes.

    Returns
    -------
    Figure
    """
    rows = _rows(scores)
    with house_style():
        width = 4.3 + 0.72 * len(scores)
        figure, ax = canvas(None, width, 1.6 + 0.3 * len(rows))
        for column, score in enumerate(scores):
            for place, id in enumerate(rows):
                found = score.get(id)
                if found is not None:
                    _cell(ax, column, place, found, uncredited)
        ax.set_xlim(-0.6, len(scores) - 0.4)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_yticks(range(len(rows)), [f"{id}  {wrapped(t, _TITLE)}" for id, t in rows.items()])
        ax.set_xticks(range(len(scores)), [_heading(s) for s in scores], rotation=40, ha="left")
        ax.xaxis.tick_top()
        ax.tick_params(length=0, labelsize=8)
        for side in ax.spines.values():
            side.set_visible(False)
        for place in range(1, len(rows)):
            ax.axhline(place - 0.5, color="#dddddd", lw=0.5, zorder=0)
        words = wrapped(_legend(scores, uncredited), int(15 * width))
        figure.supxlabel(words, x=0.01, ha="left", size=8)
    return figure


def _rows(scores: Sequence[ScoreFile]) -> dict[str, str]:
    """Return the title of every id that some circuit was scored on, sorted by id."""
    return dict(sorted({p.id: p.title for s in reversed(scores) for p in s.phenomena}.items()))


def _heading(score: ScoreFile) -> str:
    mixed = any(p.depth != score.depth for p in score.phenomena if p.verdict != "not expressible")
    star = "*" if mixed else ""
    return f"{score.circuit}\n{score.passed} of {score.total}, {score.depth}{star}"


def _cell(
    ax: "Axes",
    x: float,
    y: float,
    found: ScoredPhenomenon,
    uncredited: Collection[str] | None,
) -> None:
    plain = bool(uncredited) and found.verdict == "pass" and found.id in uncredited
    _sign(ax, x, y, found.verdict, edge=found.edge, plain=plain)


def _sign(ax: "Axes", x: float, y: float, verdict: str, *, edge: bool, plain: bool) -> None:
    """Draw one verdict; `plain` is a pass without credit, `edge` one that little would turn."""
    if verdict == "not expressible":
        ax.text(x, y, _SIGNS[verdict], ha="center", va="center_baseline", size=10, color=GREY)
        return
    colour = _PASS if verdict == "pass" else _FAIL
    marker = {"marker": "o" if verdict == "pass" else "s", "ms": 13, "mew": 1.2}
    ax.plot([x], [y], ls="none", mfc="white" if plain else colour, mec=colour, **marker)
    ax.text(
        x, y, _SIGNS[verdict], ha="center", va="center", size=8.5,
        color=colour if plain else "white",
    )  # fmt: skip
    if edge:
        ax.annotate("e", (x, y), (8, 3), textcoords="offset points", size=7.5)


def _legend(scores: Sequence[ScoreFile], uncredited: Collection[str] | None) -> str:
    """Return every sign that occurs, with its meaning."""
    seen = {p.verdict for s in scores for p in s.phenomena}
    passed = {p.id for s in scores for p in s.phenomena if p.verdict == "pass"}
    open_sign = f"open {_SIGNS['pass']} pass that a static gain passes too, so no credit"
    texts = {
        f"{_SIGNS['pass']} pass": "pass" in seen,
        open_sign: bool(passed & set(uncredited or ())),
        f"{_SIGNS['fail']} fail": "fail" in seen,
        f"{_SIGNS['not expressible']} not expressible": "not expressible" in seen,
        "e one standard error would turn it": any(p.edge for s in scores for p in s.phenomena),
    }
    return ";  ".join(text for text, there in texts.items() if there)


def caption(scores: Sequence[ScoreFile]) -> str:
    """Return what the matrix shows and how to read it.

    Parameters
    ----------
    scores : sequence of ScoreFile
    """
    return (
        "Published phenomena by circuit: whether every number of a phenomenon lies in the band "
        + "that was written down beforehand. Above each column: passes of those tried, and the "
        + "depth of the protocols (*: what clearly failed, or passed without credit, at the depth "
        + f"fast was looked at no deeper). Circuits: {', '.join(s.circuit for s in scores)}."
    )


def matrix_alt(scores: Sequence[ScoreFile]) -> str:
    """Return the matrix in words.

    Parameters
    ----------
    scores : sequence of ScoreFile
    """
    parts = []
    for score in scores[:ALT_LIMIT]:
        told = [f"{verdict}: {listed(score.ids(verdict))}" for verdict in _SIGNS]
        parts.append(f"{score.circuit}: {'; '.join(told)}.")
    if len(scores) > ALT_LIMIT:
        parts.append(f"And {len(scores) - ALT_LIMIT} more circuits.")
    return f"Verdicts by circuit. {' '.join(parts)}"
