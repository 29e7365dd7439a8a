"""The interactive question that the latency part times."""

from benchmarks.trials import FILE
from gatecontrol import Live


def open_session():
    """Return what answers questions and stays warm between them."""
    return Live(FILE)


def answer(session, seed):
    """Answer one changed parameter of the default circuit, 1 s simulated."""
    return session.run(f"circuit.set.receptors.gaba_a.decay={5 + seed % 97 / 10} ms", seed=seed)
