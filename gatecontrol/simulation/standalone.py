"""C++ standalone: generate once, build as one translation unit, cache, feed by files.

The binary reads every input from ``static_arrays/`` in its working folder, so each
simulation is a folder of files and a subprocess; Brian2 is imported only when a structure
is met for the first time on a machine.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from gatecontrol.circuits import channels, model
from gatecontrol.errors import EngineError
from gatecontrol.simulation.cable_structure import CableStructure
from gatecontrol.simulation.compiler import Compiler, compile_unit
from gatecontrol.simulation.tables import Structure

__all__ = ["build", "cache_folder", "cache_key", "is_built", "simulate"]

FORMAT = 1
"""Raise when the layout of a cache entry changes."""


def cache_folder() -> Path:
    """Return the folder of compiled networks: ``$GATECONTROL_CACHE_DIR`` or the user's cache."""
    chosen = os.environ.get("GATECONTROL_CACHE_DIR")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("gatecontrol")


@lru_cache(maxsize=64)
def cache_key(structure: Structure | CableStructure, compiler: Compiler) -> str:
    """Return the content key of a compiled network, a hexadecimal digest.

    It covers the structure, the code that generates it, Brian2, numpy, compiler, flags and
    processor.
    """
    files = ("equations.py", "generate.py", "network.py", "standalone.py", "tables.py")
    here = Path(__file__).parent
    sources = [(here / name).read_text() for name in files]
    if isinstance(structure, CableStructure):
        cable = [*sorted(here.glob("cable*.py")), *sorted(here.glob("templates/*"))]
        cable.append(Path(channels.__file__))
        sources += [path.read_text() for path in cable]
    sources.append(Path(model.__file__).read_text())
    parts = [FORMAT, asdict(structure), asdict(compiler), version("brian2"), version("numpy")]
    text = json.dumps([*parts, *sources], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def is_built(key: str) -> bool:
    """Return whether a usable cache entry exists."""
    entry = cache_folder() / key
    return (entry / "manifest.json").is_file() and (entry / "main").is_file()


def build(structure: Structure | CableStructure, compiler: Compiler) -> str:
    """Generate and compile a network unless the cache holds it.

    Parameters
    ----------
    structure : Structure or CableStructure
    compiler : Compiler

    Returns
    -------
    str
        The cache key.

    Raises
    ------
    EngineError
        Compiler failure, or an unexpected form of the code that Brian2 generates.
    """
    key = cache_key(structure, compiler)
    if is_built(key):
        return key
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{key}.lock"):
            if not is_built(key):
                _build(structure, compiler, folder, key)
    except OSError as error:
        raise EngineError(
            f"compiled networks cannot be kept in {folder}: {error}. "
            + "Free some space or set GATECONTROL_CACHE_DIR to a folder that can be written"
        ) from error
    return key


def _build(
    structure: Structure | CableStructure, compiler: Compiler, folder: Path, key: str
) -> None:
    """Generate and compile beside the cache entry, then rename: whole or not at all."""
    scratch = Path(tempfile.mkdtemp(prefix="build-", dir=folder))
    try:
        project, entry = scratch / "project", scratch / "entry"
        _generate(structure, project)
        manifest = json.loads((project / "manifest.json").read_text())
        _unify(project, scratch / "unit.cpp")
        (entry / "fixed").mkdir(parents=True)
        compile_unit(compiler, scratch / "unit.cpp", entry / "main", project)
        for fixed in manifest["fixed"]:
            shutil.move(project / "static_arrays" / fixed, entry / "fixed" / fixed)
        manifest |= {"structure": asdict(structure), "compiler": asdict(compiler)}
        (entry / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True))
        shutil.rmtree(folder / key, ignore_errors=True)
        os.replace(entry, folder / key)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _generate(structure: Structure | CableStructure, project: Path) -> None:
    """Let Brian2 write the C++ project in a process of its own.

    Brian2's device, clock and preferences are global; a process keeps them out of the
    caller's way (who may be using Brian2 himself).
    """
    command = [sys.executable, "-m", "gatecontrol.simulation.generate", str(project)]
    done = subprocess.run(
        command, input=json.dumps(asdict(structure)), capture_output=True, text=True, check=False
    )
    if done.returncode:
        tail = "\n".join(done.stderr.strip().splitlines()[-8:])
        raise EngineError(f"Brian2 could not generate the network:\n{tail}")


def _unify(project: Path, unit: Path) -> None:
    """Join the generated files into one translation unit, so that headers are parsed once.

    Every code object brings its helper functions in an anonymous namespace; in one file
    they would clash, so each of these gets a name of its own.
    """
    names = ["objects.cpp", "network.cpp", "synapses_classes.cpp", "run.cpp"]
    for folder in ("brianlib", "code_objects"):
        names += sorted(f"{folder}/{p.name}" for p in (project / folder).glob("*.cpp"))
    parts = []
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
    joined = "\n".join(parts)
    # the duration is data: steps come from the environment, not from the generated constant
    joined, found = re.subn(
        r"\bfused\.run\([^,]+,", 'fused.run(atof(std::getenv("GATECONTROL_DURATION")),', joined
    )
    if found != 1:
        raise EngineError(
            "the code that this Brian2 generates has an unexpected form (run call found "
            + f"{found} times); use --engine cython, and please report it with Brian2's version"
        )
    unit.write_text(joined)


def simulate(
    key: str,
    tables: Mapping[str, NDArray[Any]],
    duration: float,
    collect: Callable[[Path], None] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Run a cached binary on one set of inputs.

    Parameters
    ----------
    key : str
        From `build`.
    tables : mapping of str to ndarray
        From `gatecontrol.simulation.tables.fill_tables`.
    duration : float
        [s]
    collect : callable, optional
        Called with the folder of results before it is removed, for more than spikes.

    Returns
    -------
    neuron : ndarray of int32, shape (m,)
    time : ndarray of float64, shape (m,)
        Spikes of all cells in time order.

    Raises
    ------
    EngineError
        An input of the wrong form, a failed process, or inputs that the binary did not see
        as they were given.
    """
    entry = cache_folder() / key
    manifest = json.loads((entry / "manifest.json").read_text())
    with tempfile.TemporaryDirectory(prefix="gatecontrol-") as folder:
        work = Path(folder)
        (work / "static_arrays").mkdir()
        (work / "results").mkdir()
        for name, spec in manifest["inputs"].items():
            array = tables[name]
            if array.dtype.name != spec["dtype"] or array.size != spec["size"]:
                raise EngineError(
                    f"input {name} is {array.dtype.name}[{array.size}], the compiled network "
                    + f"needs {spec['dtype']}[{spec['size']}]"
                )
            array.tofile(work / "static_arrays" / spec["file"])
        for fixed in manifest["fixed"]:
            os.symlink(entry / "fixed" / fixed, work / "static_arrays" / fixed)
        environment = os.environ | {"GATECONTROL_DURATION": repr(float(duration))}
        try:
            done = subprocess.run(
                [str(entry / "main")],
                cwd=work,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            raise EngineError(
                f"the compiled network {entry / 'main'} cannot be run: {error}. "
                + "Clear the cache with: gatecontrol cache clear"
            ) from error
        said = (done.stdout + done.stderr).strip()
        if done.returncode or said:
            raise EngineError(f"the simulation ended with code {done.returncode}: {said[-500:]}")
        _verify(work / "results" / "checks", manifest, tables, duration)
        neuron = np.fromfile(work / "results" / "spike_neuron", dtype=np.int32)
        spike_time = np.fromfile(work / "results" / "spike_time", dtype=np.float64)
        if collect is not None:
            collect(work / "results")
    if len(neuron) != len(spike_time):
        raise EngineError("the simulation wrote an incomplete recording")
    return neuron, spike_time


def check_end(name: str, voltage: float) -> None:
    """Refuse a simulation that diverged.

    Parameters
    ----------
    name : str
        Group of compartments.
    voltage : float
        Mean of its absolute voltages at the end [V].

    Raises
    ------
    EngineError
        It is not a number, or more than a volt.
    """
    if not voltage <= 1.0:
        raise EngineError(
            f"{name}: its mean voltage is {voltage:g} V at the end; look for a current, a density "
            + "or a time step that is too large"
        )


def _verify(
    checks: Path, manifest: Mapping[str, Any], tables: Mapping[str, Any], duration: float
) -> None:
    """Compare what the binary saw with what it was given: time reached, sums of inputs."""
    seen = dict(line.split() for line in checks.read_text().splitlines())
    if abs(float(seen.pop("reached")) - duration) > 1e-9:
        raise EngineError("the simulation stopped before its end")
    for name in [name for name in seen if name.startswith("end:")]:
        check_end(name.removeprefix("end:"), float(seen.pop(name)))
    for name, text in seen.items():
        expected = float(np.sum(tables[name], dtype=np.float64))
        scale = float(np.sum(np.abs(tables[name]), dtype=np.float64))
        if not abs(float(text) - expected) <= 1e-9 * scale:  # NaN fails too
            raise EngineError(f"the simulation did not see input {name} as it was given")
    missing = set(manifest["checked"]) - set(seen)
    if missing:
        raise EngineError(f"the simulation did not report its inputs: {sorted(missing)}")
