"""From content to a page: one HTML file that needs nothing beside itself."""

import base64
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gatecontrol.analysis.columns import MOST_ROWS, Table
from gatecontrol.citations import library, readable
from gatecontrol.files import write_whole

__all__ = ["numbered", "picture", "render", "shown_table", "write_csv"]


def render(template: str, content: Mapping[str, Any], path: Path) -> Path:
    """Write a page.

    Parameters
    ----------
    template : str
        A file of ``gatecontrol/analysis/templates``.
    content : mapping
        What the template asks for; all of it is text, never markup.
    path : Path
        The page.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup, escape

    environment = Environment(
        loader=PackageLoader("gatecontrol.analysis"),
        autoescape=lambda name: name is None or not name.endswith(".css"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # long names of variables break after an underscore, not anywhere
    environment.filters["breakable"] = lambda text: Markup(str(escape(text)).replace("_", "_<wbr>"))
    write_whole(path, environment.get_template(template).render(content).lstrip().encode())
    return path


def picture(path: Path, caption: str, alt: str) -> dict[str, Any]:
    """Return a PNG as a data URI with the size at which it is shown (half its pixels).

    Parameters
    ----------
    path : Path
        The PNG.
    caption, alt : str
        What it shows, and the figure in words.
    """
    data = path.read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    uri = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    size = {"width": width // 2, "height": height // 2}
    return {"uri": uri, "caption": caption, "alt": alt, **size}


def shown_table(table: Table, file: str = "results.nc") -> dict[str, Any]:
    """Return a table as a page shows it: its first rows, and what is left out in words.

    Parameters
    ----------
    table : Table
    file : str, optional
        Where the variables of its columns are.
    """
    more = len(table.rows) - MOST_ROWS
    left_out = ""
    if more > 0:
        which = f"The first {MOST_ROWS} of {len(table.rows)} rows are shown"
        if table.rank:
            which = f"Of {len(table.rows)} rows the {MOST_ROWS} with the largest {table.rank} are"
            which += " shown"
        left_out = f"{which}; {more} are left out. All are in tables/{table.name}.csv and {file}."
    return {
        "name": table.name,
        "file": file,
        "title": table.title,
        "note": table.note,
        "header": table.header,
        "rows": table.texts(MOST_ROWS),
        "numeric": [c.is_number for c in table.columns],
        "sources": [c.source for c in table.columns],
        "left_out": left_out,
    }


def write_csv(tables: Iterable[Table], folder: Path) -> list[Path]:
    """Write each table whole, ``<name>.csv``; return the files.

    Parameters
    ----------
    tables : iterable of Table
    folder : Path
        Made if it does not exist.
    """
    paths = []
    for table in tables:
        paths.append(folder / f"{table.name}.csv")
        write_whole(paths[-1], table.csv().encode())
    return paths


def numbered(keys: Iterable[str]) -> tuple[list[tuple[str, str, str]], dict[str, int]]:
    """Return references for a page, and the number of each.

    Parameters
    ----------
    keys : iterable of str
        BibTeX keys; what is not in ``references.bib`` is left out.

    Returns
    -------
    (list of (str, str, str), dict of str to int)
        Key, text and address (without ``https://``, may be empty), sorted by text; and key ->
        number from 1.
    """
    known = [k for k in dict.fromkeys(keys) if k in library()]
    lines = sorted((_line(k), k) for k in known)
    parts = [(key, *line.partition(" https://")[::2]) for line, key in lines]
    return parts, {key: number for number, (key, _, _) in enumerate(parts, 1)}


def _line(key: str) -> str:
    return readable([key])[0]
