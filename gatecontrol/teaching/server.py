"""The server of the live pages: on this machine only, one pool of workers for all of them."""

import socket
import threading
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from gatecontrol.errors import GatecontrolError, UsageError
from gatecontrol.experiment.progress import Reporter
from gatecontrol.teaching.bench import BenchState
from gatecontrol.teaching.clients import close_pool, shared_pool
from gatecontrol.teaching.lessons import find_lesson

__all__ = ["HOST", "application", "serve", "warm"]

HOST = "127.0.0.1"
_REMEDY = 'python -m pip install "gatecontrol[teach]"'
_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    + "connect-src 'self' ws://127.0.0.1:* ws://localhost:* data: blob:; "
    + "frame-ancestors *; object-src 'none'; base-uri 'self'"
)


def application() -> Any:
    """Return the pages as an ASGI application.

    Raises
    ------
    GatecontrolError
        marimo is not installed.
    """
    try:
        import marimo
        from starlette.middleware.trustedhost import TrustedHostMiddleware
    except ImportError as error:
        raise GatecontrolError(
            f"the teaching page needs {error.name or 'marimo'}, which is not installed: {_REMEDY}"
        ) from None
    page = Path(__file__).with_name("page.py")
    builder = marimo.create_asgi_app(quiet=True, include_code=False)
    pages = builder.with_app(path="", root=str(page)).build()
    # a page of another site must not talk to this server under a name of its own
    return TrustedHostMiddleware(_Policed(pages), allowed_hosts=[HOST, "localhost"])


class _Policed:
    """Tells browsers to fetch nothing from anywhere else, whatever a page contains."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def policed(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                header = (b"content-security-policy", _POLICY.encode())
                message["headers"] = [*message.get("headers", []), header]
            await send(message)

        await self._inner(scope, receive, policed)


def warm(say: Reporter) -> None:
    """Compile the network if need be, and answer the first question, in the pool.

    Parameters
    ----------
    say : Reporter
        Told what takes long.
    """
    from gatecontrol.experiment.prepare import prepare_networks
    from gatecontrol.teaching.answer import trials

    trial = trials(BenchState())["shown"]
    prepare_networks([(trial["circuit"], trial["run"]["dt"])], "auto", say)
    shared_pool().ask("warm", BenchState()).result()


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
        path = f"lesson/?{urlencode({'id': find_lesson(lesson).id})}"
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
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="auto"))
            say.say(f"The page is at {address} ({time.monotonic() - began:.0f} s). Ctrl-C ends it.")
            if browser:
                threading.Timer(0.5, opened, [address]).start()
            server.run([listening])
        finally:
            close_pool()
