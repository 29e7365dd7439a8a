"""One translation unit from the C++ project that Brian2 writes, with a main loop of our own.

One file, so that headers are parsed once. Our own loop, since Brian2's looks at the clock of
the process in every step, searches its set of clocks, and runs once, while a long simulation
is fed stretch by stretch.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gatecontrol.errors import EngineError

__all__ = ["Code", "write_unit"]

_HEADERS = ("stream.hpp", "exponential.hpp")


@dataclass(frozen=True)
class Code:
    """C++ names of what the main loop touches.

    Attributes
    ----------
    spike_steps, spike_sources, next_spike : str
        Table of source spikes, and the position in it.
    spikes_cell, spikes_time, spikes_count : str
        The recording.
    traces : tuple of (str, str, str)
        Per recorded trace its values (time by column), its times and their number.
    fixed : mapping of str to ndarray
        Arrays that belong to the structure (what is recorded), with their values.
    watched, checks : tuple of str
        Statements that write what is looked at in the end, and the sums of the inputs.
    """

    spike_steps: str
    spike_sources: str
    next_spike: str
    spikes_cell: str
    spikes_time: str
    spikes_count: str
    traces: tuple[tuple[str, str, str], ...]
    fixed: Mapping[str, NDArray[Any]]
    watched: tuple[str, ...]
    checks: tuple[str, ...]


def write_unit(project: Path, code: Code) -> None:
    """Write ``unit.cpp`` into a generated project.

    Every code object brings its helper functions in an anonymous namespace; in one file they
    would clash, so each of these gets a name of its own.

    Parameters
    ----------
    project : pathlib.Path
        What ``device.build(compile=False)`` wrote.
    code : Code

    Raises
    ------
    EngineError
        The project has an unexpected form.
    """
    names = ["objects.cpp", "network.cpp", "synapses_classes.cpp", "run.cpp"]
    for folder in ("brianlib", "code_objects"):
        names += sorted(f"{folder}/{p.name}" for p in (project / folder).glob("*.cpp"))
    headers = [Path(__file__).with_name(name).read_text() for name in _HEADERS]
    parts = [text.replace("#pragma once\n", "") for text in headers]
    for number, name in enumerate([*names, "main.cpp"]):
        path = project / name
        if not path.is_file():
            continue
        text = path.read_text()
        text, found = re.subn(r"^namespace \{", f"namespace _unit{number} {{", text, flags=re.M)
        if found:
            text = text.replace(
                "using namespace brian;", f"using namespace brian; using namespace _unit{number};"
            )
        parts.append(f"// {name}\n{text}")
    loading = r"\n\s*_load_arrays\(\);"
    fixed = "\n".join(_fixed(name, array) for name, array in code.fixed.items())
    joined = _replaced("\n".join(parts), loading, lambda _: f"\n{fixed}", "loading of arrays")
    joined = _replaced(
        joined,
        r"fused\.clear\(\);\n(.*?)\n\s*fused\.run\([^;]*\);",
        lambda run: _loop(run[1], code),
        "run of the network",
    )
    (project / "unit.cpp").write_text(joined)


def _replaced(text: str, pattern: str, new: Callable[[re.Match[str]], str], what: str) -> str:
    text, found = re.subn(pattern, new, text, flags=re.S)
    if found != 1:
        raise EngineError(
            f"the code that this Brian2 generates has an unexpected form ({what} found {found} "
            + "times); use --engine cython, and please report it with Brian2's version"
        )
    return text


def _fixed(name: str, array: NDArray[Any]) -> str:
    """Return C++ that fills an array with values of its own, where Brian2 reads a file."""
    values = array.ravel().tolist()
    if all(value == values[0] for value in values):
        return f"std::fill(brian::{name}, brian::{name} + {len(values)}, {values[0]!r});"
    kind = "double" if array.dtype.kind == "f" else "std::int64_t"
    listed = ", ".join(map(repr, values))
    return (
        f"{{ static const {kind} fixed[] = {{{listed}}}; "
        + f"std::copy(fixed, fixed + {len(values)}, brian::{name}); }}"
    )


def _loop(added: str, code: Code) -> str:
    """Return the main loop; ``added`` is Brian2's list of what a step runs, in order."""
    step = re.findall(r"fused\.add\(&defaultclock, (\w+)\);", added)
    if not step or len(step) != added.count("fused.add("):
        raise EngineError("the steps of the network are not as expected; use --engine cython")
    calls = "\n".join(f"{name}();" for name in step)
    traces = "\n".join(
        f"gatecontrol::write_rows({values}); {times}.clear(); {count}[0] = 0;"
        for values, times, count in code.traces
    )
    checks = "\n".join((*code.watched, *code.checks))
    return f"""
gatecontrol::write_integer(0x6761746563747231);
for (;;) {{
    const std::int64_t stop = gatecontrol::read_integer("read on");
    if (stop < 0) break;
    const std::int64_t count = gatecontrol::read_integer("read source spikes");
    {code.spike_steps}.resize(count);
    {code.spike_sources}.resize(count);
    gatecontrol::read({code.spike_steps}, count, "read source spikes");
    gatecontrol::read({code.spike_sources}, count, "read source spikes");
    {code.next_spike}[0] = 0;
    while (defaultclock.timestep[0] < stop) {{
        {calls}
        defaultclock.tick();
    }}
    gatecontrol::write_integer({code.spikes_cell}.size());
    gatecontrol::write({code.spikes_cell}.data(), {code.spikes_cell}.size());
    gatecontrol::write({code.spikes_time}.data(), {code.spikes_time}.size());
    {code.spikes_cell}.clear();
    {code.spikes_time}.clear();
    {code.spikes_count}[0] = 0;
    {traces}
    gatecontrol::flush();
}}
gatecontrol::write_integer(-1);
gatecontrol::write_integer(defaultclock.timestep[0]);
{checks}
gatecontrol::flush();
return 0;
"""
