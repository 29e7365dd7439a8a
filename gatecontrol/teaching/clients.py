"""One open page: its question to the pool that all pages share, and its last answer."""

import threading
import uuid
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING

from gatecontrol.errors import GatecontrolError
from gatecontrol.teaching.workers import Pool

if TYPE_CHECKING:
    from gatecontrol.teaching.answer import Answer
    from gatecontrol.teaching.bench import BenchState

__all__ = ["Client", "close_pool", "shared_pool"]

SWIFT = 0.15
"""An answer within this time [s] is shown without dimming the old one first (assumed)."""

_LOCK = threading.Lock()
_POOL: list[Pool] = []


def shared_pool() -> Pool:
    """Return the pool of this process; it is made when first asked for."""
    with _LOCK:
        if not _POOL:
            _POOL.append(Pool())
        return _POOL[0]


def close_pool() -> None:
    """End the workers of this process."""
    with _LOCK:
        while _POOL:
            _POOL.pop().close()


class Client:
    """One open page.

    Attributes
    ----------
    last : Answer or None
        What it was answered last; None before the first answer.
    """

    def __init__(self) -> None:
        self._name = uuid.uuid4().hex
        self._asked: Future[Answer] | None = None
        self._refusal = ""
        self.last: Answer | None = None

    def ask(self, state: "BenchState") -> bool:
        """Ask for a state's answer; what this page asked for before is given up.

        Parameters
        ----------
        state : BenchState

        Returns
        -------
        bool
            Whether the answer takes long enough to say so.
        """
        self._asked, self._refusal = None, ""
        try:
            self._asked = shared_pool().ask(self._name, state)
            self._asked.exception(SWIFT)
        except TimeoutError:
            return True
        except (GatecontrolError, CancelledError) as error:
            self._refusal = str(error)
        return False

    def wait(self) -> "tuple[Answer | None, str]":
        """Wait for the answer that was asked for.

        Returns
        -------
        answer : Answer or None
            The last answer there is.
        problem : str
            Why there is no newer one; empty if there is.
        """
        if self._asked is None:
            return self.last, self._refusal
        try:
            self.last = self._asked.result()
        except CancelledError:
            return self.last, "given up for a newer question"
        except GatecontrolError as error:
            return self.last, str(error)
        return self.last, ""
