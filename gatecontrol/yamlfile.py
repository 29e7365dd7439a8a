"""Reading YAML with line and column for every key, and every fault named.

The only module that knows ruamel.yaml: its event stream is turned into plain data, so
nothing in a file can build an object, and a file of anchors cannot grow without bound.
Scalars follow YAML 1.2 (``no`` and ``on`` are text, ``1e3`` is a number).
"""

import re
import stat
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from gatecontrol.errors import ExperimentError, Problem

__all__ = [
    "MAX_BYTES",
    "Key",
    "KeyPath",
    "Mark",
    "YamlFile",
    "check_file",
    "path_text",
    "read_yaml",
    "read_yaml_text",
    "read_yaml_value",
]

Key = str | int
KeyPath = tuple[Key, ...]

MAX_BYTES = 1_000_000
MAX_NODES = 100_000
MAX_DEPTH = 32

_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_TAB_INDENT = re.compile(r"^ *\t")
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


_READ: "dict[tuple[str, str, bytes], YamlFile]" = {}


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


@dataclass(frozen=True)
class YamlFile:
    """A YAML file as plain data, with positions.

    Attributes
    ----------
    name : str
        As the user gave it; used in messages.
    path : Path
        Where it is.
    data : dict
        Top-level mapping; keys are text, values dict, list, str, int, float, bool or None.
        Numbers print as typed.
    marks : mapping of key path to Mark
        Key paths are tuples of keys and list indices.
    lines : tuple of str
        Source lines.
    """

    name: str
    path: Path
    data: dict[str, Any]
    marks: Mapping[KeyPath, Mark] = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)

    def position(self, path: KeyPath, *, key: bool = False) -> tuple[int, int]:
        """Return the 1-based (line, column) of a key path, or of its nearest ancestor.

        Parameters
        ----------
        path : tuple of str or int
            Key path.
        key : bool, optional
            The position of the key instead of the value.
        """
        exact = self.marks.get(path)
        if exact is not None:
            return exact.key if key else exact.value
        while path:
            path = path[:-1]
            if path in self.marks:
                return self.marks[path].key
        return (1, 1)

    def problem(
        self, code: str, path: KeyPath, message: str, help: str = "", *, key: bool = False
    ) -> Problem:
        """Return a `Problem` at a key path of this file.

        Parameters
        ----------
        code, message, help : str
            As in `gatecontrol.errors.Problem`.
        path : tuple of str or int
            Key path; if it does not exist, its nearest ancestor gives the position.
        key : bool, optional
            Point at the key instead of the value.
        """
        line, column = self.position(path, key=key)
        return Problem(
            code, path_text(path), message, help, self.name, line, column, _line(self.lines, line)
        )


def path_text(path: KeyPath) -> str:
    """Return a key path as text, e.g. ``stimuli[0].rate``."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def check_file(path: Path, limit: int) -> str:
    """Return why a file cannot be read, or an empty string.

    Only metadata are read, so a pipe or a device cannot block.

    Parameters
    ----------
    path : Path
        The file.
    limit : int
        Largest size [byte].
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return "no such file"
    except (OSError, ValueError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if stat.S_ISDIR(status.st_mode):
        return "is a directory, a file is needed"
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file"
    if status.st_size > limit:
        return f"is too large: {status.st_size / 1e6:.1f} MB (at most {limit / 1e6:g} MB)"
    return ""


def read_yaml(path: str | Path, name: str = "") -> YamlFile:
    """Read a YAML file whose top level is a mapping.

    Parameters
    ----------
    path : str or Path
        The file.
    name : str, optional
        How messages call it; as given if empty.

    Returns
    -------
    YamlFile
        Shared by all who read the same content: not to be changed.

    Raises
    ------
    ExperimentError
        File problems (E005), syntax (E003), duplicate keys (E004), anchors (E006), top
        level not a mapping (E020).
    """
    name = name or str(path)
    path = Path(path)
    trouble = check_file(path, MAX_BYTES)
    if trouble:
        raise ExperimentError([Problem("E005", "", trouble, file=name)])
    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise ExperimentError([Problem("E005", "", message, file=name)]) from None
    utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    known = (str(path.absolute()), name, raw)
    if known in _READ:
        return _READ[known]
    if b"\0" in raw and not utf16:
        message = "is not a text file (it holds binary data)"
        raise ExperimentError([Problem("E005", "", message, file=name)])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        message = "is not UTF-8 text" + ("" if utf16 else f" (byte 0x{raw[error.start]:02x})")
        problem = Problem("E005", "", message, "save the file as UTF-8", name, 0 if utf16 else line)
        raise ExperimentError([problem]) from None
    file = read_yaml_text(text, path, name)
    if len(_READ) >= 16:
        _READ.pop(next(iter(_READ)))
    _READ[known] = file
    return file


def read_yaml_text(text: str, path: Path, name: str) -> YamlFile:
    """Read YAML text; see `read_yaml`.

    Parameters
    ----------
    text : str
        The content.
    path, name : Path, str
        Where it is, and how messages call it.
    """
    lines = tuple(_LINE_BREAK.split(text))
    builder = _Builder(name, lines)
    odd = _UNPRINTABLE.search(text)
    if odd:
        before = _LINE_BREAK.split(text[: odd.start()])
        message = f"the character U+{ord(odd[0]):04X} is not allowed in YAML"
        builder.fail("E003", message, (len(before), len(before[-1]) + 1), "delete it")
    data = builder.build(text)
    if builder.problems:
        raise ExperimentError(builder.problems)
    if data is None:
        message = "holds nothing but comments" if text.strip() else "the file is empty"
        raise ExperimentError([Problem("E005", "", message, file=name)])
    if not isinstance(data, dict):
        shown = "a list" if isinstance(data, list) else f"'{str(data)[:40]}'"
        builder.fail("E020", f"the top level must be a mapping of keys, got {shown}", (1, 1))
    return YamlFile(name, path, data, builder.marks, lines)


def read_yaml_value(text: str, name: str) -> tuple[Any, dict[KeyPath, Mark], list[Problem]]:
    """Read one value in YAML, as typed on the command line.

    Parameters
    ----------
    text : str
        For example ``20 Hz`` or ``[1, 2, 3]``.
    name : str
        How messages call the source.

    Returns
    -------
    value : object
        Plain data; None if there are problems.
    marks : dict of key path to Mark
        Positions within the text.
    problems : list of Problem
        Faults of syntax.
    """
    builder = _Builder(name, tuple(_LINE_BREAK.split(text)))
    try:
        value = builder.build(text)
    except ExperimentError as error:
        return None, {}, list(error.problems)
    return (None if builder.problems else value), builder.marks, builder.problems


def _line(lines: tuple[str, ...], number: int) -> str:
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


class _Builder:
    """Turns ruamel's events into data and marks."""

    def __init__(self, name: str, lines: tuple[str, ...]) -> None:
        self.name, self.lines = name, lines
        self.marks: dict[KeyPath, Mark] = {}
        self.problems: list[Problem] = []
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0
        self._root: Any = None

    def problem(
        self, code: str, message: str, at: tuple[int, int], help: str = "", path: KeyPath = ()
    ) -> Problem:
        return Problem(
            code, path_text(path), message, help, self.name, *at, _line(self.lines, at[0])
        )

    def fail(self, code: str, message: str, at: tuple[int, int], help: str = "") -> NoReturn:
        raise ExperimentError([*self.problems, self.problem(code, message, at, help)])

    def build(self, text: str) -> Any:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for event in YAML(typ="safe", pure=True).parse(text):
                    self._take(event)
        except MarkedYAMLError as error:
            self._syntax(error)
        except (YAMLError, ValueError, IndexError, AssertionError) as error:
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
                self._anchors[done.anchor] = (done.data, self._nodes - done.nodes_before + 1)
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
        self._place(value, at)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)

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
        data, nodes = self._anchors[anchor]
        self._count(nodes, at)
        self._place(_copy(data), at)

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
        if at[0] > len(self.lines) or (at[1] == 1 and not _line(self.lines, at[0]).strip()):
            last = next((i for i, t in reversed(list(enumerate(self.lines))) if t.strip()), 0)
            at = (last + 1, len(self.lines[last]) + 1)
        what = str(error.problem or error)
        if r"'\t'" in what:
            self._tabs(at)
        message, help = _explain(what, str(error.context or ""))
        if "not closed" in message and error.context_mark:
            at = (error.context_mark.line + 1, error.context_mark.column + 1)
        self.fail("E003", message, at, help)

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
