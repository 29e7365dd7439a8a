"""What a comparison of a simulation with a published finding says, and whether it agrees."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Comparison:
    """A number per seed, and between which limits its mean over seeds has to lie."""

    text: str
    values: np.ndarray
    low: float = -np.inf
    high: float = np.inf

    @property
    def holds(self):
        return bool(self.low < self.values.mean() < self.high)

    @property
    def edge(self):
        """Whether one standard error could have turned it."""
        error = self.values.std(ddof=1) / np.sqrt(len(self.values))
        return any(abs(self.values.mean() - limit) < error for limit in (self.low, self.high))

    def __str__(self):
        mean, least, most = (f"{f(self.values):.3g}" for f in (np.mean, np.min, np.max))
        low, high = f"{self.low:g}", f"{self.high:g}"
        wanted = f"{low} to {high}" if np.isfinite(self.low + self.high) else ""
        wanted = wanted or (f"above {low}" if np.isfinite(self.low) else f"below {high}")
        return f"{self.text}: {mean} ({least} to {most}), wanted {wanted}"


@dataclass(frozen=True)
class Finding:
    """What was published, by whom, and how it is compared with which experiments."""

    ids: str
    text: str
    sources: tuple[str, ...]
    experiments: tuple[str, ...]
    compare: Callable[..., list[Comparison]]


def verdict(comparisons):
    """Return the verdict: all comparisons hold, none does, or some do; by a hair or not."""
    held = sum(c.holds for c in comparisons)
    word = "agrees" if held == len(comparisons) else "partly" if held else "contradicts"
    return f"{word} (edge)" if any(c.edge for c in comparisons) else word
