"""The inside of a worker process: tasks in, payloads out, until the pipe closes."""

import signal
import sys
import traceback
from importlib import import_module
from multiprocessing.connection import Connection

import psutil

from gatecontrol.errors import GatecontrolError

__all__ = ["serve"]


def serve(descriptor: int, function: str) -> None:
    """Compute tasks until the parent closes the pipe or dies.

    Parameters
    ----------
    descriptor : int
        File descriptor of this end of the pipe.
    function : str
        ``module:name`` of the function that computes a task.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that temporary files are removed
    pipe = Connection(descriptor)
    module, name = function.split(":")
    me = psutil.Process()
    compute = None
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        answer: dict[str, object]
        try:
            compute = compute or getattr(import_module(module), name)
            answer = {"payload": compute(**task)}
        except Exception as error:
            known = isinstance(error, GatecontrolError)
            text = str(error) if known else f"{type(error).__name__}: {error}"
            answer = {"error": text, "trace": traceback.format_exc()}
        try:
            pipe.send(answer | {"memory": me.memory_info().rss})
        except OSError:
            return  # the parent is gone
