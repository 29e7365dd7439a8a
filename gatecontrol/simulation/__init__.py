"""The only room that imports Brian2: circuit and drive in, recording out."""

from collections.abc import Callable, Iterator

from gatecontrol.circuits.model import Circuit
from gatecontrol.circuits.wiring import Wiring
from gatecontrol.errors import EngineError
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.simulation import cache, runtime, standalone
from gatecontrol.simulation.compiler import find_compiler
from gatecontrol.simulation.recording import Recorder, Recording, Spikes
from gatecontrol.simulation.sources import Chunk, source_chunks
from gatecontrol.simulation.tables import fill_tables, structure_of

__all__ = ["BACKENDS", "Recording", "Spikes", "choose_backend", "prepare", "run"]

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
    if chosen == "standalone":
        compiler = find_compiler()
        structure = structure_of(circuit, dt)
        if compiler and not cache.is_built(key := standalone.cache_key(structure, compiler)):
            if cache.is_damaged(key):
                say(f"the compiled network {key[:12]} in the cache is damaged and is built again")
            say(f"compiling the network of circuit '{circuit.name}' once (about 10 s)")
            standalone.build(structure, compiler)
    elif backend == "auto":
        say(f"no C++ compiler found: running on Brian2's {chosen} runtime, which is slower")
    return chosen


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
    chosen = choose_backend(backend)
    structure = structure_of(circuit, dt)
    tables = fill_tables(structure, circuit, wiring)

    sizes = {p.name: p.size for p in circuit.populations.values()}

    def chunks() -> Iterator[Chunk]:
        return source_chunks(circuit, drive, duration, dt, seed)

    recorder = Recorder(sizes)
    if chosen != "standalone":
        runtime.simulate(structure, tables, chunks(), chosen, recorder)
        return Recording(duration, dt, recorder.spikes(), chosen)
    compiler = find_compiler()
    if compiler is None:
        raise EngineError("the C++ compiler disappeared")
    key = standalone.build(structure, compiler)
    try:
        standalone.simulate(key, tables, chunks(), recorder)
    except EngineError:
        if not cache.is_damaged(key):
            raise
        standalone.build(structure, compiler)
        recorder = Recorder(sizes)
        standalone.simulate(key, tables, chunks(), recorder)
    return Recording(duration, dt, recorder.spikes(), chosen)
