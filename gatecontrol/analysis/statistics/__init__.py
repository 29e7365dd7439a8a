"""Statistics over seeds: pure functions on arrays, and on the dataset of the results."""

from gatecontrol.analysis.statistics.contrasts import contrasts
from gatecontrol.analysis.statistics.equivalence import equivalence, equivalence_sentence
from gatecontrol.analysis.statistics.fits import fits
from gatecontrol.analysis.statistics.paired import (
    adjusted,
    hedges_g,
    permutation_test,
    permutation_test_arms,
)
from gatecontrol.analysis.statistics.pooled import (
    Estimate,
    Estimates,
    mean_with_interval,
    means_with_intervals,
    pooled_suppression,
    pooled_suppressions,
    suppression,
)
from gatecontrol.analysis.statistics.power import (
    SeedsNeeded,
    detectable_difference,
    power,
    seeds_needed,
    seeds_table,
    spread_of_difference,
)
from gatecontrol.analysis.statistics.resampling import MIN_SEEDS

__all__ = [
    "MIN_SEEDS",
    "Estimate",
    "Estimates",
    "SeedsNeeded",
    "adjusted",
    "contrasts",
    "detectable_difference",
    "equivalence",
    "equivalence_sentence",
    "fits",
    "hedges_g",
    "mean_with_interval",
    "means_with_intervals",
    "permutation_test",
    "permutation_test_arms",
    "pooled_suppression",
    "pooled_suppressions",
    "power",
    "seeds_needed",
    "seeds_table",
    "spread_of_difference",
    "suppression",
]
