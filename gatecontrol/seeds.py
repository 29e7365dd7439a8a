"""The seed tree: every random draw has its own named, reproducible stream.

A stream depends only on the experiment's seed and on its name, never on the order of
draws elsewhere; so the natural spikes and the circuit draw of a trial stay the same when
a device is switched on (common random numbers).
"""

from zlib import crc32

import numpy as np

__all__ = ["stream"]


def stream(seed: int, *names: object) -> np.random.Generator:
    """Return the random generator of one named draw.

    Parameters
    ----------
    seed : int
        Seed of the trial (unit of replication), >= 0.
    *names : object
        Path of the draw, e.g. ``"stimuli", "pinch"``.

    Returns
    -------
    numpy.random.Generator
    """
    key = tuple(crc32(str(name).encode()) for name in names)
    return np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=key))
