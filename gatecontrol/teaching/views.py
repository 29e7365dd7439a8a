"""The bench as HTML: what the live page shows of an answer; no script, and nothing is fetched."""

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from gatecontrol.teaching.bench import to_query
from gatecontrol.teaching.diagram import circuit_alt, circuit_svg, groups
from gatecontrol.teaching.raster import RASTER_ALT, raster_svg
from gatecontrol.teaching.svg import data_uri
from gatecontrol.teaching.traces import signal_alt, signal_svg
from gatecontrol.teaching.wording import DISCLAIMER

if TYPE_CHECKING:
    from gatecontrol.teaching.answer import Answer
    from gatecontrol.teaching.bench import BenchState

__all__ = [
    "ending",
    "failure",
    "figures",
    "heading",
    "message",
    "picture",
    "progress",
    "rates_table",
    "sentence",
    "share_link",
]


def heading(fault: str = "") -> str:
    """Return the top of the page: what to do first, and what is wrong with the link.

    Parameters
    ----------
    fault : str, optional
        Of the link.
    """
    return (
        "<header><h1>The gate, live</h1><p>Two seconds of skin: pinched, heated or left alone, as "
        + "set below. Switch on <b>Brush the skin</b>: what becomes of the pain signal? Then try "
        + "a stimulator, block a receptor, or take a <a href='lesson/'>lesson</a>.</p>"
        + (message(f"{fault}. The bench is as new.") if fault else "")
        + "</header>"
    )


def ending() -> str:
    """Return the bottom of the page: what this is and is not."""
    return f"<footer><p class='disclaimer'>{escape(DISCLAIMER)}</p></footer>"


def sentence(words: str, *, busy: bool = False) -> str:
    """Return the result in words, as a region that screen readers follow.

    Parameters
    ----------
    words : str
        The last result; empty before the first.
    busy : bool, optional
        Whether a newer one is being computed: the old words are dimmed.
    """
    words = words or "The first answer is being computed."
    first, _, rest = words.partition(". ")
    more = f" <span class='more'>{escape(rest)}</span>" if rest else ""
    dot = "." if rest else ""
    state = " class='busy' aria-busy='true'" if busy else ""
    note = "<span class='wait' aria-hidden='true'>Simulating &hellip;</span>" if busy else ""
    return (
        "<section aria-label='Result'>"
        + f"<div id='result' role='status' aria-live='polite' aria-atomic='true'{state}>"
        + f"<p><strong>{escape(first)}{dot}</strong>{more}</p>{note}</div></section>"
    )


def picture(svg: str, alt: str, kind: str) -> str:
    """Return a drawing as an image.

    Parameters
    ----------
    svg : str
    alt : str
        The drawing in words.
    kind : str
        Class of its style.
    """
    return f"<img class='{kind}' src='{data_uri(svg)}' alt='{escape(alt, quote=True)}'>"


def figures(answer: "Answer | None") -> str:
    """Return pain signal, raster and diagram.

    Parameters
    ----------
    answer : Answer or None
        The last one; None before the first.
    """
    if answer is None:
        return ""
    circuit = picture(circuit_svg(answer), circuit_alt(answer), "circuit")
    signal = picture(signal_svg(answer), signal_alt(answer), "signal")
    raster = picture(raster_svg(answer), RASTER_ALT, "raster")
    return f"<main class='figures'>{signal}{circuit}{raster}</main>"


def rates_table(answer: "Answer") -> str:
    """Return all rates as a table that opens on demand.

    Parameters
    ----------
    answer : Answer
    """
    columns = {"as set": answer.rates}
    if answer.state.device != "none":
        columns["stimulator off"] = answer.rates_off
    if answer.state.brush or answer.state.device != "none":
        columns["skin alone"] = answer.rates_bare
    head = "".join(f"<th scope='col'>{name}</th>" for name in columns)
    rows = "".join(
        f"<tr><th scope='row'>{escape(title)}</th>"
        + "".join(f"<td>{rates[name]:.1f}</td>" for rates in columns.values())
        + "</tr>"
        for name, (title, _) in groups().items()
    )
    when = f"Spikes/s per fibre or cell, from {answer.on:g} to {answer.off:g} s"
    return (
        "<section aria-label='Rates'><details><summary>All rates as a table</summary>"
        + "<div class='wide' tabindex='0' role='region' aria-label='Table of rates'>"
        + f"<table><caption>{when}</caption>"
        + f"<thead><tr><th scope='col'>Population</th>{head}</tr></thead>"
        + f"<tbody>{rows}</tbody></table></div>{_doubts(answer.warnings)}</details></section>"
    )


def _doubts(warnings: Iterable[str]) -> str:
    shown = "".join(f"<li>{escape(w)}</li>" for w in warnings)
    return f"<p>The engine doubts:</p><ul>{shown}</ul>" if shown else ""


def share_link(state: "BenchState") -> str:
    """Return the link that opens a state again.

    Parameters
    ----------
    state : BenchState
    """
    return f"<a class='share' href='?{escape(to_query(state))}'>Link to this state</a>"


def progress(text: str) -> str:
    """Return how far something is, for people and screen readers.

    Parameters
    ----------
    text : str
    """
    return (
        f"<section aria-label='Progress'><p role='status' class='hint'>{escape(text)}</p></section>"
    )


def message(text: str) -> str:
    """Return what went wrong, for people and screen readers.

    Parameters
    ----------
    text : str
    """
    return f"<p role='alert' class='fault'>{escape(text)}</p>"


def failure(text: str, shown: str = "") -> str:
    """Return what went wrong, and which earlier answer is therefore still shown.

    Parameters
    ----------
    text : str
    shown : str, optional
        State and result of the earlier answer; empty if there is none.
    """
    old = f"<p class='still'><b>Still shown:</b> {escape(shown)}</p>" if shown else ""
    return message(text) + old
