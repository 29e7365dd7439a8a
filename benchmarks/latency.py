"""The interactive question that the latency part times: one place to change."""

from benchmarks.trials import description_of
from gatecontrol.experiment.trial import run_trial


def open_session():
    """Return what answers questions and stays warm between them: here a function."""
    return run_trial


def answer(session, seed):
    """Answer one changed parameter of the default circuit, 1 s simulated."""
    return session(description_of(seed), backend="standalone")
