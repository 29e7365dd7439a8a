"""Pieces of SVG: text, lines, shapes; strings are built in a millisecond, a page may wait for them.

Every colour is chosen to be told apart with every common colour vision, and nothing is said by
colour alone.
"""

import base64
from collections.abc import Sequence
from html import escape

__all__ = ["FONT", "data_uri", "document", "element", "label", "polyline"]

FONT = "DejaVu Sans, Verdana, Arial, sans-serif"


def element(name: str, content: str = "", **attributes: object) -> str:
    """Return an element; ``stroke_width=2`` becomes ``stroke-width="2"``.

    Parameters
    ----------
    name : str
    content : str, optional
        What it holds, as SVG.
    **attributes
        Numbers are rounded to a hundredth; None is left out.
    """
    shown = "".join(
        f' {key.replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{shown}>{content}</{name}>" if content else f"<{name}{shown}/>"


def _plain(value: object) -> str:
    return f"{round(value, 2):g}" if isinstance(value, float) else str(value)


def label(text: str, x: float, y: float, size: float = 10, **attributes: object) -> str:
    """Return text, dark and at the start of its place unless said otherwise.

    Parameters
    ----------
    text : str
    x, y : float
        Where its baseline starts.
    size : float, optional
        Of the type.
    **attributes
        As of `element`.
    """
    usual: dict[str, object] = {"fill": "#222222"}
    return element("text", escape(text), x=x, y=y, font_size=size, **(usual | attributes))


def polyline(xs: Sequence[float], ys: Sequence[float], **attributes: object) -> str:
    """Return a line through points.

    Parameters
    ----------
    xs, ys : sequence of float
    **attributes
        As of `element`.
    """
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    return element("polyline", points=points, fill="none", stroke_linejoin="round", **attributes)


def document(width: float, height: float, content: Sequence[str]) -> str:
    """Return a whole drawing.

    Parameters
    ----------
    width, height : float
    content : sequence of str
        Elements, the lowest first.
    """
    return element(
        "svg",
        "".join(content),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        font_family=FONT,
    )


def data_uri(svg: str) -> str:
    """Return a drawing as the address of an image.

    Parameters
    ----------
    svg : str
        From `document`.
    """
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
