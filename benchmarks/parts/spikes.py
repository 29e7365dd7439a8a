"""Whether two simulators gave the same spikes."""

import numpy as np


def agreement(path, reference):
    """Compare two files of spikes (``neuron``, ``step``, in one order).

    Parameters
    ----------
    path, reference : pathlib.Path

    Returns
    -------
    identical : bool
        The same cells at the same time steps.
    words : str
        For the table.
    """
    with np.load(path) as mine, np.load(reference) as theirs:
        a, b = (
            set(zip(s["neuron"].tolist(), s["step"].tolist(), strict=True)) for s in (mine, theirs)
        )
    if a == b:
        return True, "identical"
    return False, f"{len(a - b)} of {len(a)} spikes elsewhere ({len(b)} expected)"


def in_words(verdicts):
    """Return one line for all rounds; verdicts are those of `agreement`."""
    wrong = [words for identical, words in verdicts if not identical]
    return wrong[0] if wrong else f"identical in {len(verdicts)} of {len(verdicts)} rounds"
