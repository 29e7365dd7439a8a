"""The server of the live pages: on this machine only, one pool of workers for all of them."""

import socket
import threading
import time
import webbrowser
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from gatecontrol.errors import UsageError
from gatecontrol.experiment.progress import Reporter
from gatecontrol.teaching.application import HOST, application
from gatecontrol.teaching.bench import BenchState
from gatecontrol.teaching.clients import close_pool, shared_pool
from gatecontrol.teaching.course import offer
from gatecontrol.teaching.lessons import find_lesson

__all__ = ["serve", "warm"]


def warm(say: Reporter) -> None:
    """Tidy the cache, compile the network if need be, and begin with the first question.

    The worker loads its libraries while the browser loads the page.

    Parameters
    ----------
    say : Reporter
        Told what takes long.
    """
    from gatecontrol.experiment.prepare import prepare_networks
    from gatecontrol.teaching.answer import trials
    from gatecontrol.teaching.trial_store import prune

    prune()
    trial = trials(BenchState())["shown"]
    prepare_networks([(trial["circuit"], trial["run"]["dt"])], "auto", say)
    shared_pool().ask("warm", BenchState())


def serve(
    port: int,
    *,
    lesson: str | None = None,
    browser: bool = True,
    say: Reporter,
    opened: Callable[[str], Any] = webbrowser.open,
) -> None:
    """Serve the pages until interrupted.

    Parameters
    ----------
    port : int
        0 for any that is free.
    lesson : str, optional
        Id of the lesson that is opened, or its file; the bench if not given.
    browser : bool, optional
        Whether to open the page in a browser.
    say : Reporter
    opened : callable, optional
        Opens an address.

    Raises
    ------
    GatecontrolError
        marimo is not installed, the port is taken, or there is no such lesson.
    """
    app, path = application(), ""
    if lesson is not None:
        chosen = find_lesson(lesson)
        offer(chosen)
        path = f"lesson/?{urlencode({'id': chosen.id})}"
    import uvicorn

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except OSError as error:
            raise UsageError(
                f"port {port} of {HOST} cannot be used ({error.strerror}): choose another one, "
                + "or --port 0 for any"
            ) from None
        address = f"http://{HOST}:{listening.getsockname()[1]}/{path}"
        say.say("getting ready ...")
        began = time.monotonic()
        try:
            warm(say)
            config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
            say.say(f"The page is at {address} ({time.monotonic() - began:.0f} s). Ctrl-C ends it.")
            if browser:
                threading.Timer(0.5, opened, [address]).start()
            uvicorn.Server(config).run([listening])
        finally:
            close_pool()
