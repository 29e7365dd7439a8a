"""Made-up roots of results, laid out like assembled ones."""

import numpy as np
import pytest
import xarray as xr

EPOCHS = ["before", "during", "after"]


def results(
    on, off, axes, *, arms=("scs",), epochs=("during",), units="1", path="stimuli[0].force", **more
):
    """Return a root with `pain_signal` and its control.

    `on` and `off` have the dimensions arm, axes, seed and epoch; `axes` maps names to values.
    """
    dims = ("arm", *axes, "seed", "epoch")
    on, off = np.asarray(on, dtype=float), np.asarray(off, dtype=float)
    data = {
        "pain_signal": (dims, on, {"units": "spikes/s"}),
        "pain_signal_off": (dims, np.broadcast_to(off, on.shape), {"units": "spikes/s"}),
    }
    coordinates = {
        "arm": list(arms),
        "seed": np.arange(1, on.shape[-2] + 1),
        "epoch": list(epochs),
        "label": ("arm", [a.upper() for a in arms]),
    }
    for name, values in axes.items():
        about = {"units": units, "long_name": path}
        coordinates[name] = (name, values, about)
    return xr.Dataset({**data, **more}, coordinates)


@pytest.fixture
def make():
    return results
