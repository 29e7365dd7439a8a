"""Who is to be cited: keys in code and data, entries in ``references.bib``."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from gatecontrol.errors import GatecontrolError, did_you_mean

__all__ = ["SOFTWARE", "cite", "entries", "keys_of", "library", "readable"]

SOFTWARE = ("harris2020", "hoyer2017", "stimberg2019", "virtanen2020")
"""Keys of the packages that compute every result."""

KEY = re.compile(r"\b[a-z]{2,}(?:19|20)\d{2}[a-z]?\b")
"""A key: first author and year, lower case."""

_FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\},?\s*$")
_ACCENTS = {
    r"{\'i}": "í",
    r"{\"a}": "ä",
    r"{\"o}": "ö",
    r"{\"u}": "ü",
    r"{\'e}": "é",
    r"{\O}": "Ø",
    r"{$\beta$}": "β",
    r"\&": "&",
    "--": "-",
    "{": "",
    "}": "",
}


@lru_cache(maxsize=1)
def library() -> Mapping[str, str]:
    """Return every entry of ``references.bib``: key -> BibTeX text, sorted by key."""
    text = files("gatecontrol").joinpath("references.bib").read_text(encoding="utf-8")
    found = {}
    for block in re.split(r"\n(?=@)", text):
        match = re.match(r"@\w+\{(\w+),", block.strip())
        if match:
            found[match[1]] = block.strip()
    return dict(sorted(found.items()))


def keys_of(*things: Any) -> tuple[str, ...]:
    """Return the keys that things cite, sorted, each once.

    Parameters
    ----------
    *things : object
        Keys, classes or objects with ``references`` (a tuple, or a method that returns one)
        and with texts and numbers that name their source (a circuit, a preparation, a
        device), or lists and mappings of those. A word in a text counts if it is a key of
        ``references.bib``.
    """
    known = library()
    found: set[str] = set()
    for thing in things:
        found.update(_named(thing, set()))
    return tuple(sorted(found & set(known)))


def _named(thing: Any, seen: set[int]) -> Iterable[str]:
    if isinstance(thing, str):
        return KEY.findall(thing)
    if thing is None or isinstance(thing, int | float | bytes) or id(thing) in seen:
        return ()
    seen.add(id(thing))
    parts: list[Any] = []
    if isinstance(thing, Mapping):
        parts = [*thing.keys(), *thing.values()]
    elif isinstance(thing, list | tuple | set | frozenset):
        parts = list(thing)
    else:
        references = getattr(thing, "references", ())
        own_method = callable(references) and not isinstance(thing, type)
        parts = [references() if own_method else references, getattr(thing, "parameters", ())]
        if is_dataclass(thing) and not isinstance(thing, type):
            # a preset is cited where it is chosen, not by all that offer it
            parts += [getattr(thing, f.name) for f in fields(thing) if f.name != "presets"]
    return [key for part in parts if not callable(part) for key in _named(part, seen)]


def _entry(key: str) -> str:
    known = library()
    if key not in known:
        raise GatecontrolError(f"no reference '{key}'.{did_you_mean(key, list(known))}")
    return known[key]


def entries(keys: Iterable[str]) -> str:
    """Return BibTeX text of some references.

    Parameters
    ----------
    keys : iterable of str
        BibTeX keys.

    Returns
    -------
    str
        One entry per key, sorted, each once.

    Raises
    ------
    GatecontrolError
        A key that is not in ``references.bib``.
    """
    return "".join(f"{_entry(key)}\n\n" for key in sorted(set(keys)))


def readable(keys: Iterable[str]) -> list[str]:
    """Return references as lines of text.

    Parameters
    ----------
    keys : iterable of str
        BibTeX keys.

    Returns
    -------
    list of str
        "Melzack R, Wall PD (1965). Pain mechanisms: a new theory. Science 150:971-979.
        https://doi.org/..."; sorted, each once.

    Raises
    ------
    GatecontrolError
        A key that is not in ``references.bib``.
    """
    return sorted(_line(_entry(key)) for key in set(keys))


def cite(keys: Iterable[str]) -> str:
    """Return references as text, one line each; see `readable`."""
    return "\n".join(readable(keys))


def _line(entry: str) -> str:
    found = {}
    for line in entry.splitlines():
        if match := _FIELD.match(line):
            text = match[2]
            for code, letter in _ACCENTS.items():
                text = text.replace(code, letter)
            found[match[1]] = text
    authors = ", ".join(_author(name) for name in found["author"].split(" and "))
    place = found.get("journal") or found.get("booktitle") or found.get("publisher")
    place = place or found.get("howpublished", "")
    if "volume" in found:
        place += f" {found['volume']}"
    if "pages" in found:
        place += f"{':' if 'volume' in found else ' '}{found['pages']}"
    line = f"{authors} ({found['year']}). {found['title']}. {place}."
    return f"{line} https://doi.org/{found['doi']}" if "doi" in found else line


def _author(name: str) -> str:
    """Return "Melzack R" of "Melzack, R."."""
    if name == "others":
        return "et al."
    last, _, first = name.partition(", ")
    initials = "".join(re.findall(r"[A-Z]", first))
    return f"{last} {initials}".strip()
