"""The interactive question that the latency part times: one place to change."""

from benchmarks.trials import description_of
from gatecontrol.experiment.trial import run_trial


def open_session():
    """Return what answers questions and stays warm between them (here: nothing)."""
    return None


def answer(session, seed):
    """Answer one changed parameter of the default circuit, 1 s simulated."""
    return run_trial(description_of(seed), backend="standalone")
