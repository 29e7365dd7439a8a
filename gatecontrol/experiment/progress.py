"""What a run says while it works."""

import sys
import time
from typing import Protocol, TextIO

__all__ = ["Lines", "Pace", "Reporter", "Silent", "duration_text"]


class Reporter(Protocol):
    """Receives what a run has to say."""

    def say(self, text: str) -> None:
        """Show one line at once."""

    def start(self, total: int, done: int) -> None:
        """Begin to count points, of which `done` were finished by an earlier run."""

    def advance(self) -> None:
        """Count one more point."""

    def tick(self) -> None:
        """Note that time goes by without a new point."""

    def stop(self) -> None:
        """End the count."""


class Silent:
    """Says nothing."""

    def say(self, text: str) -> None:
        """Drop the line."""

    def start(self, total: int, done: int) -> None:
        """Do nothing."""

    def advance(self) -> None:
        """Do nothing."""

    def tick(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


class Pace:
    """Rate of points and time left, counted from the first new point on (a warm start)."""

    def __init__(self) -> None:
        self._first = 0.0
        self._new = 0

    def advance(self) -> None:
        """Count a new point."""
        self._new += 1
        if self._new == 1:
            self._first = time.monotonic()

    def left(self, remaining: int) -> str:
        """Return rate and time left as text; empty while nothing can be said.

        Parameters
        ----------
        remaining : int
            Points still to come.
        """
        elapsed = time.monotonic() - self._first
        if self._new < 2 or elapsed <= 0 or remaining <= 0:
            return ""
        rate = (self._new - 1) / elapsed
        return f"{rate:.2g} points/s, about {duration_text(remaining / rate)} left"


def duration_text(seconds: float) -> str:
    """Return a time span as a person says it.

    Parameters
    ----------
    seconds : float
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


class Lines:
    """Plain lines at intervals, for logs and pipes.

    Parameters
    ----------
    stream : text stream, optional
        Standard error by default.
    interval : float, optional
        Least time between two lines of the count [s].
    """

    def __init__(self, stream: TextIO | None = None, interval: float = 5.0) -> None:
        self._stream = stream or sys.stderr
        self._interval = interval
        self._total = self._done = 0
        self._pace = Pace()
        self._shown = time.monotonic()

    def say(self, text: str) -> None:
        """Show one line at once."""
        print(text, file=self._stream, flush=True)

    def start(self, total: int, done: int) -> None:
        """Begin to count points."""
        self._total, self._done, self._pace = total, done, Pace()
        self._shown = time.monotonic()

    def advance(self) -> None:
        """Count one more point."""
        self._done += 1
        self._pace.advance()
        self.tick()

    def tick(self) -> None:
        """Show the count if the last line is old enough."""
        now = time.monotonic()
        if now - self._shown >= self._interval or self._done == self._total:
            self._shown = now
            share = 100 * self._done // max(self._total, 1)
            left = self._pace.left(self._total - self._done)
            comma = ", " if left else ""
            self.say(f"{self._done} of {self._total} points ({share} %){comma}{left}")

    def stop(self) -> None:
        """End the count."""
