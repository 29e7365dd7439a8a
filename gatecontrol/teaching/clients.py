"""One open page: its question to the pool that all pages share, and its last answer."""

import threading
import uuid
from collections.abc import Hashable
from concurrent.futures import CancelledError, Future
from typing import Any

from gatecontrol.errors import GatecontrolError
from gatecontrol.teaching.workers import Pool

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
    last : Answer, Stopped or None
        What it was answered last; None before the first answer.
    words : str
        What the page said of it.
    """

    def __init__(self) -> None:
        self._name = uuid.uuid4().hex
        self._asked: Future[Any] | None = None
        self._refusal = ""
        self.last: Any = None
        self.words = ""

    def ask(self, asked: Hashable) -> bool:
        """Ask a question; what this page asked for before is given up.

        Parameters
        ----------
        asked : BenchState or LessonStop

        Returns
        -------
        bool
            Whether the answer takes long enough to say so.
        """
        self._asked, self._refusal = None, ""
        try:
            self._asked = shared_pool().ask(self._name, asked)
            self._asked.exception(SWIFT)
        except TimeoutError:
            return True
        except (GatecontrolError, CancelledError) as error:
            self._refusal = str(error)
        return False

    def wait(self) -> tuple[Any, str]:
        """Wait for the answer that was asked for.

        Returns
        -------
        answer : Answer, Stopped or None
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
