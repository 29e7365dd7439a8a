"""C++ standalone: generate once, build as one translation unit, cache, feed as a stream.

A compiled network reads every input from its standard input, so each simulation is a
subprocess that touches no file; Brian2 is imported only when a structure is met for the
first time on a machine.
"""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from gatecontrol.circuits import channels, model
from gatecontrol.errors import EngineError
from gatecontrol.simulation.cable_structure import CableStructure
from gatecontrol.simulation.cache import cache_folder, is_built, read_manifest
from gatecontrol.simulation.compiler import Compiler, compile_unit
from gatecontrol.simulation.recording import Recorder, check_end
from gatecontrol.simulation.sources import Chunk
from gatecontrol.simulation.tables import Structure

__all__ = ["build", "cache_key", "simulate"]

FORMAT = 2
"""Raise when the layout of a cache entry changes."""
_CODE = (
    "cell_update.py", "code_objects.py", "equations.py", "exponential.hpp", "functions.py",
    "generate.py", "network.py", "standalone.py", "stream.hpp", "tables.py",
    "templates/zones.cpp", "unit.py",
)  # fmt: skip
_GREETING = 0x6761746563747231  # of stream.hpp


@lru_cache(maxsize=64)
def cache_key(structure: Structure | CableStructure, compiler: Compiler) -> str:
    """Return the content key of a compiled network, a hexadecimal digest.

    It covers the structure, the code that generates it, Brian2, numpy, compiler, flags and
    processor.
    """
    here = Path(__file__).parent
    files = [here / name for name in _CODE]
    if isinstance(structure, CableStructure):
        files += [*sorted(here.glob("cable*.py")), *sorted(here.glob("templates/*"))]
        files.append(Path(channels.__file__))
    sources = [path.read_text() for path in files]
    sources.append(Path(model.__file__).read_text())
    parts = [FORMAT, asdict(structure), asdict(compiler), version("brian2"), version("numpy")]
    text = json.dumps([*parts, *sources], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


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
    scratch = Path(tempfile.mkdtemp(prefix=f"build-{key}-", dir=folder))
    try:
        project, entry = scratch / "project", scratch / "entry"
        _generate(structure, project)
        entry.mkdir()
        compile_unit(compiler, project / "unit.cpp", entry / "main", project)
        manifest = read_manifest(project)
        manifest |= {"structure": asdict(structure), "compiler": asdict(compiler)}
        manifest["binary"] = hashlib.sha256((entry / "main").read_bytes()).hexdigest()
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


def simulate(
    key: str,
    tables: Mapping[str, NDArray[Any]],
    chunks: Iterable[Chunk],
    recorder: Recorder,
) -> None:
    """Run a cached binary on one set of inputs.

    Parameters
    ----------
    key : str
        From `build`.
    tables : mapping of str to ndarray
        From `gatecontrol.simulation.tables.fill_tables`.
    chunks : iterable of Chunk
        Source spikes, stretch after stretch; drawn while the network runs.
    recorder : Recorder
        Takes the spikes and traces, also those of a run that fails in the end.

    Raises
    ------
    EngineError
        An input of the wrong form, a failed process, or inputs that the binary did not see
        as they were given.
    """
    entry = cache_folder() / key
    try:
        manifest = read_manifest(entry)
    except (OSError, ValueError) as error:
        raise EngineError(f"the compiled network {entry} cannot be read: {error}") from error
    inputs = [_input(spec, tables) for spec in manifest["inputs"]]
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen([str(entry / "main")], stdin=pipe, stdout=pipe, stderr=pipe)
    except OSError as error:
        raise EngineError(
            f"the compiled network {entry / 'main'} cannot be run: {error}. "
            + "Clear the cache with: gatecontrol cache clear"
        ) from error
    feeder = _Feeder(process.stdin, inputs, chunks)
    out, errors = process.stdout, process.stderr
    feeder.start()
    try:
        whole = _read_recording(out, manifest["traces"], recorder)
        ended = _read_end(out, manifest) if whole else None
        while not whole and out.read(2**20):
            pass  # a program that says something else is let come to its end
        said = errors.read().decode(errors="replace").strip()
        code = process.wait()
    finally:
        process.kill()
        feeder.join()
        process.wait()
        out.close()
        errors.close()
    if feeder.error is not None:
        raise feeder.error
    if code or said or ended is None:
        raise EngineError(f"the simulation ended {_how(code)}: {said[-500:] or 'no message'}")
    reached, magnitudes, sums = ended
    if reached != feeder.stop:
        raise EngineError("the simulation stopped before its end")
    _verify(sums, tables)
    for name, voltage in magnitudes.items():
        check_end(name, voltage)


def _how(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"by signal {signal.Signals(-code).name}"
    return f"with code {code}" if code else "too early"


def _input(spec: Mapping[str, Any], tables: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    array, name = tables[spec["name"]], spec["name"]
    if array.dtype.name != spec["dtype"] or array.size != spec["size"]:
        raise EngineError(
            f"input {name} is {array.dtype.name}[{array.size}], the compiled network "
            + f"needs {spec['dtype']}[{spec['size']}]"
        )
    return np.ascontiguousarray(array)


class _Feeder(threading.Thread):
    """Writes inputs to a network while its output is read.

    Attributes
    ----------
    stop : int
        Time step at which the last stretch written ends.
    error : Exception or None
        What went wrong with the chunks.
    """

    def __init__(
        self, pipe: IO[bytes], inputs: Iterable[NDArray[Any]], chunks: Iterable[Chunk]
    ) -> None:
        super().__init__(daemon=True)
        self._pipe, self._inputs, self._chunks = pipe, inputs, chunks
        self.stop = 0
        self.error: Exception | None = None

    def run(self) -> None:
        """Write everything; a network that has died is the reader's business."""
        try:
            for array in self._inputs:
                self._pipe.write(array.data)
            for chunk in self._chunks:
                self.stop = chunk.stop
                self._pipe.write(np.array([chunk.stop, len(chunk.step)], dtype=np.int64).data)
                self._pipe.write(chunk.step.data)
                self._pipe.write(chunk.source.data)
                self._pipe.flush()
            self._pipe.write(np.array([-1], dtype=np.int64).data)
        except BrokenPipeError:
            pass
        except Exception as error:  # raised again by the thread that waits for this one
            self.error = error
        finally:
            with contextlib.suppress(OSError):
                self._pipe.close()


def _read_array(pipe: IO[bytes], dtype: type, count: int) -> NDArray[Any] | None:
    """Return what the network wrote, or None if it ended before."""
    size = count * np.dtype(dtype).itemsize
    data = pipe.read(size)
    return np.frombuffer(data, dtype=dtype) if len(data) == size else None


def _read_recording(pipe: IO[bytes], traced: list[dict[str, Any]], recorder: Recorder) -> bool:
    """Pass on what the network records; return whether it came to its end."""
    head = _read_array(pipe, np.int64, 1)
    if head is None or head[0] != _GREETING:
        return False
    while (head := _read_array(pipe, np.int64, 1)) is not None and head[0] >= 0:
        neuron, time = (_read_array(pipe, t, int(head[0])) for t in (np.int32, np.float64))
        if neuron is None or time is None:
            return False
        recorder.add(neuron, time)
        for spec in traced:
            rows = _read_array(pipe, np.int64, 1)
            values = None if rows is None else _read_array(pipe, float, rows[0] * spec["columns"])
            if values is None:
                return False
            recorder.add_trace(spec["name"], values.reshape(-1, spec["columns"]))
    return head is not None


def _read_end(
    pipe: IO[bytes], manifest: Mapping[str, Any]
) -> tuple[int, dict[str, float], dict[str, float]] | None:
    """Return step reached, magnitudes and input sums; None if the network ended before."""
    found = [_read_array(pipe, np.int64, 1)]
    found += [_read_array(pipe, np.float64, len(manifest[n])) for n in ("watched", "checked")]
    reached, magnitudes, sums = found
    if reached is None or magnitudes is None or sums is None:
        return None
    return (
        int(reached[0]),
        dict(zip(manifest["watched"], magnitudes.tolist(), strict=True)),
        dict(zip(manifest["checked"], sums.tolist(), strict=True)),
    )


def _verify(seen: Mapping[str, float], tables: Mapping[str, Any]) -> None:
    """Compare the sums of the inputs as the binary had them with what it was given."""
    for name, found in seen.items():
        expected = float(np.sum(tables[name], dtype=np.float64))
        scale = float(np.sum(np.abs(tables[name]), dtype=np.float64))
        if not abs(found - expected) <= 1e-9 * scale:  # NaN fails too
            raise EngineError(f"the simulation did not see input {name} as it was given")
