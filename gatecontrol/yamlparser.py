"""From ruamel's event stream to plain data and positions.

The only module that knows ruamel.yaml. Nothing in a file can build an object, and a file of
anchors cannot grow without bound. Scalars follow YAML 1.2 (``no`` and ``on`` are text,
``1e3`` is a number).
"""

import re
import warnings
from dataclasses import dataclass
from typing import Any, NoReturn

from gatecontrol.errors import ExperimentError, Problem

__all__ = ["LINE_BREAK", "UNPRINTABLE", "Builder", "Key", "KeyPath", "Mark", "line_of", "path_text"]

Key = str | int
KeyPath = tuple[Key, ...]

MAX_NODES = 100_000
MAX_DEPTH = 32

LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_TAB_INDENT = re.compile(r"^ *\t")
_INDEXED = re.compile(r"[A-Za-z_][\w.]*\[\d+\](?:[\w.]|\[\d+\])*")
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_SPECIAL = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((f"{s}.{t}" for s in ("", "+") for t in ("inf", "Inf", "INF")), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


class _Int(int):
    """An integer that shows itself as typed (``+5``, ``0x10``)."""

    text: str

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__


class _Float(float):
    """A float that shows itself as typed (``1e3``, ``5.00``)."""

    text: str

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__


@dataclass(frozen=True)
class Mark:
    """Where something stands: 1-based line and column of its key and of its value."""

    key: tuple[int, int]
    value: tuple[int, int]


def path_text(path: KeyPath) -> str:
    """Return a key path as text, e.g. ``stimuli[0].rate``."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def line_of(lines: tuple[str, ...], number: int) -> str:
    """Return a source line (1-based) for messages; empty if there is none."""
    # A TAB is shown as an arrow, so that it is seen and the caret stays under its column.
    return lines[number - 1].replace("\t", "→") if 0 < number <= len(lines) else ""


def _scalar(text: str) -> Any:
    """Resolve a plain scalar by the core schema of YAML 1.2."""
    if text in _SPECIAL:
        return _SPECIAL[text]
    if _INTEGER.match(text) and len(text) <= 18:
        number = int(text)
    elif _BASED.match(text) and len(text) <= 18:
        number = int(text, 0)
    elif _FLOAT.match(text):
        real = float(text)
        if repr(real) == text:
            return real
        shown = _Float(real)
        shown.text = text
        return shown
    else:
        return text
    if str(number) == text:
        return number
    typed = _Int(number)
    typed.text = text
    return typed


@dataclass
class _Open:
    """A collection being filled."""

    data: Any
    path: KeyPath
    anchor: str | None
    nodes_before: int
    key: str | None = None
    key_position: tuple[int, int] = (1, 1)


class Builder:
    """Turns the events of one text into data and marks.

    Parameters
    ----------
    name : str
        How messages call the text.
    lines : tuple of str
        Its lines.

    Attributes
    ----------
    marks : dict of key path to Mark
        Positions.
    aliases : dict of key path to key path
        Where an alias stands, and where its anchor does.
    problems : list of Problem
        Faults that did not end the reading (duplicate keys).
    """

    def __init__(self, name: str, lines: tuple[str, ...]) -> None:
        self.name, self.lines = name, lines
        self.marks: dict[KeyPath, Mark] = {}
        self.aliases: dict[KeyPath, KeyPath] = {}
        self.problems: list[Problem] = []
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int, KeyPath]] = {}
        self._nodes = 0
        self._root: Any = None

    def problem(
        self, code: str, message: str, at: tuple[int, int], help: str = "", path: KeyPath = ()
    ) -> Problem:
        """Return a problem at a (line, column)."""
        return Problem(
            code, path_text(path), message, help, self.name, *at, line_of(self.lines, at[0])
        )

    def fail(self, code: str, message: str, at: tuple[int, int], help: str = "") -> NoReturn:
        """End the reading with a problem at a (line, column)."""
        raise ExperimentError([*self.problems, self.problem(code, message, at, help)])

    def build(self, text: str) -> Any:
        """Return the data of a text; None if it is empty.

        Raises
        ------
        ExperimentError
            Faults of syntax (E003) and anchors (E006).
        """
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for event in YAML(typ="safe", pure=True).parse(text):
                    self._take(event)
        except MarkedYAMLError as error:
            self._syntax(error)
        except ExperimentError:
            raise
        except Exception as error:  # whatever the parser stumbles over, the file is at fault
            self.fail("E003", f"cannot be read as YAML: {error}".split("\n")[0], (1, 1))
        return self._root

    def _take(self, event: Any) -> None:
        kind = type(event).__name__
        at = (event.start_mark.line + 1, event.start_mark.column + 1)
        if kind == "DocumentStartEvent":
            if self.marks:
                self.fail("E003", "a second document begins here; one file is one document", at)
        elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
            done = self._stack.pop()
            if done.anchor:
                nodes = self._nodes - done.nodes_before + 1
                self._anchors[done.anchor] = (done.data, nodes, done.path)
        elif kind == "AliasEvent":
            self._alias(event.anchor, at)
        elif kind in {"ScalarEvent", "MappingStartEvent", "SequenceStartEvent"}:
            if event.tag not in {None, "!"}:
                self.fail(
                    "E003",
                    f"the tag '{event.tag}' is not allowed; a file is data only",
                    at,
                    "delete the tag",
                )
            self._count(1, at)
            if kind == "ScalarEvent":
                self._scalar_event(event, at)
            else:
                self._open({} if kind == "MappingStartEvent" else [], event.anchor, at)

    def _scalar_event(self, event: Any, at: tuple[int, int]) -> None:
        top = self._stack[-1] if self._stack else None
        if top is not None and isinstance(top.data, dict) and top.key is None:
            if event.value == "<<" and event.implicit[0]:
                self.fail(
                    "E003",
                    "merge keys ('<<') are not part of YAML 1.2",
                    at,
                    "write the keys out; an arm is merged over the base anyway",
                )
            top.key, top.key_position = event.value, at
            return
        value = _scalar(event.value) if event.implicit[0] else event.value
        if top is not None and isinstance(top.data, dict) and not event.value and event.implicit[0]:
            at = top.key_position  # nothing stands after the key; the mark is that of what follows
        path = self._place(value, at)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1, path)

    def _open(self, data: Any, anchor: str | None, at: tuple[int, int]) -> None:
        if len(self._stack) >= MAX_DEPTH:
            self.fail("E003", f"nested more than {MAX_DEPTH} levels deep", at)
        path = self._place(data, at)
        if anchor:
            self._anchors.pop(anchor, None)
        self._stack.append(_Open(data, path, anchor, self._nodes))

    def _alias(self, anchor: str, at: tuple[int, int]) -> None:
        if self._stack and isinstance(self._stack[-1].data, dict) and self._stack[-1].key is None:
            self.fail("E003", "an alias cannot be a key", at)
        if any(o.anchor == anchor for o in self._stack):
            self.fail("E006", f"'*{anchor}' stands inside '&{anchor}' itself (a cycle)", at)
        if anchor not in self._anchors:
            self.fail("E006", f"no anchor '&{anchor}' before this alias", at)
        data, nodes, path = self._anchors[anchor]
        self._count(nodes, at)
        self.aliases[self._place(_copy(data), at)] = path

    def _count(self, nodes: int, at: tuple[int, int]) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            self.fail(
                "E006",
                f"the file grows beyond {MAX_NODES} values here; aliases that repeat aliases?",
                at,
                "write the values out instead of '*' aliases",
            )

    def _place(self, value: Any, at: tuple[int, int]) -> KeyPath:
        """Put a value into the innermost open collection; return its key path."""
        if not self._stack:
            self._root = value
            self.marks[()] = Mark(at, at)
            return ()
        top = self._stack[-1]
        if isinstance(top.data, list):
            path = (*top.path, len(top.data))
            top.data.append(value)
            self.marks[path] = Mark(at, at)
            return path
        if top.key is None:
            self.fail("E003", "a key must be plain text, not a list or a mapping", at)
        path = (*top.path, top.key)
        if top.key in top.data:
            first = self.marks[path].key[0]
            message = f"duplicate key; it stands on line {first} already"
            self.problems.append(
                self.problem("E004", message, top.key_position, "delete one of the two", path)
            )
            path = (*top.path, f"{top.key} (line {top.key_position[0]})")
        else:
            top.data[top.key] = value
        self.marks[path] = Mark(top.key_position, at)
        top.key = None
        return path

    def _syntax(self, error: Any) -> NoReturn:
        mark = error.problem_mark or error.context_mark
        at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if at[0] > len(self.lines) or (at[1] == 1 and not line_of(self.lines, at[0]).strip()):
            last = next((i for i, t in reversed(list(enumerate(self.lines))) if t.strip()), 0)
            at = (last + 1, len(self.lines[last]) + 1)
        what = str(error.problem or error)
        if r"'\t'" in what:
            self._tabs(at)
        message, help = _explain(what, str(error.context or ""))
        if "not closed" in message and error.context_mark:
            if found := self._indexed(at):
                word, at = found
                message = f"'{word}' needs quotes inside {{ }} or [ ], because of its own [ ]"
                help = f'"{word}"'
            else:
                at = (error.context_mark.line + 1, error.context_mark.column + 1)
        self.fail("E003", message, at, help)

    def _indexed(self, at: tuple[int, int]) -> tuple[str, tuple[int, int]] | None:
        """Return the unquoted path that its index cuts short, and where it begins."""
        for match in _INDEXED.finditer(line_of(self.lines, at[0])):
            if match.start() < at[1] <= match.end() + 1:
                return match[0], (at[0], match.start() + 1)
        return None

    def _tabs(self, at: tuple[int, int]) -> NoReturn:
        tabbed = [i for i, line in enumerate(self.lines, 1) if _TAB_INDENT.match(line)]
        if at[0] not in tabbed:
            self.fail("E003", "a TAB stands here; YAML needs spaces.", at, "replace it by a space")
        for number in tabbed:
            column = self.lines[number - 1].index("\t") + 1
            self.problems.append(
                self.problem(
                    "E003",
                    f"line {number} starts with a TAB; YAML needs spaces.",
                    (number, column),
                    "replace each TAB by 2 spaces",
                )
            )
        raise ExperimentError(self.problems)


def _explain(what: str, context: str) -> tuple[str, str]:
    """Return (message, help) in plain words for a fault found by the YAML scanner."""
    if "mapping values are not allowed" in what:
        return (
            "a ':' does not fit here",
            "check the indentation of this line, a missing ':' or space after ':' just "
            + "above, and put text that holds ': ' in quotes",
        )
    for bracket, name in (("]", "list"), ("}", "mapping")):
        if f"expected ',' or '{bracket}'" in what:
            opened = "[" if bracket == "]" else "{"
            return (
                f"the {name} opened with '{opened}' is not closed",
                f"add '{bracket}', or a ',' between its entries",
            )
    if "quoted scalar" in context and "end of stream" in what:
        return "the quoted text that begins here is not closed", "add the closing quote"
    if "unknown escape" in what:
        return f"{what} in a double-quoted text", "use single quotes, or double the backslash"
    if match := re.search(r"character '(.+?)' that cannot start", what):
        return f"'{match[1]}' cannot begin a value", "put the value in quotes"
    if "expected <block end>" in what:
        return (
            "the indentation does not fit the lines above",
            "align the keys of one section; a section is either keys or '-' entries",
        )
    if match := re.search(r"expected the node content, but found '(.+?)'", what):
        return f"a value is missing before '{match[1]}'", ""
    return what, ""


def _copy(data: Any) -> Any:
    if isinstance(data, dict):
        return {k: _copy(v) for k, v in data.items()}
    return [_copy(v) for v in data] if isinstance(data, list) else data
