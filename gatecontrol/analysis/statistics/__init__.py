"""Statistics over seeds: pure functions on arrays, and on the dataset of the results."""

from gatecontrol.analysis.statistics.pooled import (
    Estimate,
    Estimates,
    mean_with_interval,
    pooled_suppression,
    pooled_suppressions,
    suppression,
)
from gatecontrol.analysis.statistics.resampling import MIN_SEEDS

__all__ = [
    "MIN_SEEDS",
    "Estimate",
    "Estimates",
    "mean_with_interval",
    "pooled_suppression",
    "pooled_suppressions",
    "suppression",
]
