"""Reading YAML files with line and column for every key, and every fault named."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gatecontrol.errors import ExperimentError, Problem
from gatecontrol.yamlparser import (
    LINE_BREAK,
    UNPRINTABLE,
    Builder,
    Key,
    KeyPath,
    Mark,
    line_of,
    path_text,
)

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

MAX_BYTES = 1_000_000

_READ: "dict[tuple[str, str, bytes], YamlFile]" = {}


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
    aliases : mapping of key path to key path
        Where an alias (``*name``) stands, and where its anchor (``&name``) does.
    """

    name: str
    path: Path
    data: dict[str, Any]
    marks: Mapping[KeyPath, Mark] = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)
    aliases: Mapping[KeyPath, KeyPath] = field(default_factory=dict, repr=False)

    def written_at(self, path: KeyPath) -> KeyPath:
        """Return where a value was typed: below its anchor if it came by an alias.

        Parameters
        ----------
        path : tuple of str or int
            Key path.
        """
        for length in range(len(path), 0, -1):
            anchor = self.aliases.get(path[:length])
            if anchor is not None:
                return self.written_at(anchor + path[length:])
        return path

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
            code, path_text(path), message, help, self.name, line, column, line_of(self.lines, line)
        )


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
    lines = tuple(LINE_BREAK.split(text))
    builder = Builder(name, lines)
    odd = UNPRINTABLE.search(text)
    if odd:
        before = LINE_BREAK.split(text[: odd.start()])
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
    return YamlFile(name, path, data, builder.marks, lines, builder.aliases)


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
    builder = Builder(name, tuple(LINE_BREAK.split(text)))
    try:
        value = builder.build(text)
    except ExperimentError as error:
        return None, {}, list(error.problems)
    return (None if builder.problems else value), builder.marks, builder.problems
