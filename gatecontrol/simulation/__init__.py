"""The only room that imports Brian2: circuit and drive in, recording out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gatecontrol.circuits.model import Circuit
from gatecontrol.circuits.wiring import Wiring
from gatecontrol.errors import EngineError
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.simulation import cache, runtime, standalone
from gatecontrol.simulation.batch import BlockRecorder, join_chunks, join_structure, join_tables
from gatecontrol.simulation.compiled import run_compiled
from gatecontrol.simulation.compiler import find_compiler
from gatecontrol.simulation.recording import Recorder, Recording, Spikes
from gatecontrol.simulation.sources import Chunk, source_chunks
from gatecontrol.simulation.tables import Structure, fill_tables, structure_of

if TYPE_CHECKING:
    from gatecontrol.simulation.cable_structure import CableStructure

__all__ = [
    "BACKENDS",
    "Recording",
    "Replicate",
    "Spikes",
    "choose_backend",
    "prepare",
    "run",
    "run_batch",
]

BACKENDS = ("standalone", "cython", "numpy")


def choose_backend(wanted: str = "auto") -> str:
    """Return the backend to use.

    Parameters
    ----------
    wanted : str, optional
        ``"auto"`` (standalone with a C++ compiler, else Cython, else numpy) or one of
        `BACKENDS`.

    Raises
    ------
    EngineError
        An unknown backend, or one that cannot run here.
    """
    if wanted not in {"auto", *BACKENDS}:
        raise EngineError(f"no engine '{wanted}'; choose auto, {', '.join(BACKENDS)}")
    if wanted in {"auto", "standalone"}:
        if find_compiler() is not None:
            return "standalone"
        if wanted == "standalone":
            raise EngineError("the standalone engine needs a C++ compiler: install g++ or clang++")
    if wanted in {"auto", "cython"}:
        if runtime.cython_works():
            return "cython"
        if wanted == "cython":
            raise EngineError("the Cython engine needs a C compiler: install gcc or clang")
    return "numpy"


def prepare(
    circuit: Circuit,
    dt: float,
    backend: str = "auto",
    announce: Callable[[str], None] | None = None,
) -> str:
    """Make a circuit ready to run: compile its network once, unless the cache holds it.

    A null model has no network.

    Parameters
    ----------
    circuit : Circuit
    dt : float
        Time step [s].
    backend : str, optional
        See `choose_backend`.
    announce : callable, optional
        Told in a sentence what is going on, if it takes long.

    Returns
    -------
    str
        The backend chosen.

    Raises
    ------
    EngineError
        The build failed.
    """
    say = announce or (lambda _text: None)
    chosen = choose_backend(backend)
    if circuit.null_model:
        return chosen
    if chosen == "standalone":
        compiler = find_compiler()
        structure = _structure(circuit, dt)
        if compiler and not cache.is_built(key := standalone.cache_key(structure, compiler)):
            if cache.is_damaged(key):
                say(f"the compiled network {key[:12]} in the cache is damaged and is built again")
            say(f"compiling the network of circuit '{circuit.name}' once (about 10 s)")
            standalone.build(structure, compiler)
    elif backend == "auto":
        say(f"no C++ compiler found: running on Brian2's {chosen} runtime, which is slower")
    return chosen


def _structure(circuit: Circuit, dt: float) -> "Structure | CableStructure":
    """Return what a circuit compiles to: point neurons, or cells with compartments."""
    if not circuit.is_cable:
        return structure_of(circuit, dt)
    from gatecontrol.simulation.cable_circuit import structure_of_circuit

    return structure_of_circuit(circuit, dt)


@dataclass(frozen=True)
class Replicate:
    """What differs between the replicates of a batch.

    Attributes
    ----------
    wiring : Wiring
        The draw of the circuit.
    drive : AfferentDrive
        What reaches its afferents.
    seed : int
        Seed of the trial, for the background spikes.
    """

    wiring: Wiring
    drive: AfferentDrive
    seed: int


def run(
    circuit: Circuit,
    wiring: Wiring,
    drive: AfferentDrive,
    duration: float,
    dt: float,
    seed: int,
    backend: str = "auto",
) -> Recording:
    """Simulate one trial.

    Parameters
    ----------
    circuit, wiring, drive
        The circuit, its draw, and what reaches its afferents.
    duration, dt : float
        Simulated time and time step [s].
    seed : int
        Seed of the trial, for the background spikes.
    backend : str, optional
        See `choose_backend`.

    Returns
    -------
    Recording

    Raises
    ------
    EngineError
        The simulation failed or its result cannot be trusted.
    """
    return run_batch(circuit, [Replicate(wiring, drive, seed)], duration, dt, backend)[0]


def run_batch(
    circuit: Circuit,
    replicates: Sequence[Replicate],
    duration: float,
    dt: float,
    backend: str = "auto",
) -> list[Recording]:
    """Simulate replicates of one circuit: side by side on the runtime, else in turn.

    Parameters
    ----------
    circuit : Circuit
    replicates : sequence of Replicate
    duration, dt : float
        Simulated time and time step [s]; cells with compartments divide it to be at most the
        time step of their circuit.
    backend : str, optional
        See `choose_backend`.

    Returns
    -------
    list of Recording
        In the order of the replicates; each is the same as alone.

    Raises
    ------
    EngineError
        A simulation failed or its result cannot be trusted.
    """
    chosen = choose_backend(backend)
    if circuit.null_model:
        from gatecontrol.simulation.null_model import run_null_model

        return [run_null_model(circuit, one, duration, dt, chosen) for one in replicates]
    if circuit.is_cable:
        from gatecontrol.simulation.cable_circuit import run_cable_batch

        return run_cable_batch(circuit, replicates, duration, dt, chosen)
    structure = structure_of(circuit, dt)
    sizes = {p.name: p.size for p in circuit.populations.values()}

    def chunks(one: Replicate) -> Iterator[Chunk]:
        return source_chunks(circuit, one.drive, duration, dt, one.seed)

    tables = (fill_tables(structure, circuit, one.wiring) for one in replicates)
    recorders = [Recorder(sizes) for _ in replicates]
    if chosen == "standalone":
        for number, (one, filled) in enumerate(zip(replicates, tables, strict=True)):
            recorders[number] = run_compiled(structure, filled, partial(chunks, one), sizes)
    else:
        runtime.simulate(
            join_structure(structure, len(replicates)),
            join_tables(structure, list(tables)),
            join_chunks(structure, [chunks(one) for one in replicates]),
            chosen,
            BlockRecorder(recorders, structure.cells),
        )
    return [Recording(duration, dt, recorder.spikes(), chosen) for recorder in recorders]
