"""The pages as a web application that answers this machine alone and fetches nothing."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gatecontrol.errors import GatecontrolError

__all__ = ["HOST", "MOST_PAGES", "Guarded", "application"]

HOST = "127.0.0.1"
MOST_PAGES = 250
"""Pages that may be open at once; each holds some memory."""
_REMEDY = 'python -m pip install "gatecontrol[teach]"'
_FORGET = 60  # seconds after which a page that was closed is forgotten
_OURS = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")
_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    + "connect-src 'self' ws://127.0.0.1:* ws://localhost:* data: blob:; "
    + "object-src 'none'; base-uri 'self'; "
    # who may hold a page in a frame: slides from this machine's disk or servers
    + "frame-ancestors 'self' file: http://127.0.0.1:* http://localhost:*"
)
_PAGES = {"": "page.py", "/lesson": "lesson_page.py"}
_BUSY = 1013  # close code of websockets: try again later


def application() -> "Guarded":
    """Return the pages as an ASGI application.

    Raises
    ------
    GatecontrolError
        marimo is not installed.
    """
    try:
        import marimo
    except ImportError:
        raise GatecontrolError(
            f"the teaching page needs marimo, which is not installed: {_REMEDY}"
        ) from None
    builder = marimo.create_asgi_app(quiet=True, include_code=False, session_ttl=_FORGET)
    for path, name in _PAGES.items():
        builder = builder.with_app(path=path, root=str(Path(__file__).with_name(name)))
    return Guarded(builder.build())


class Guarded:
    """Lets nobody else in, and tells browsers to fetch nothing from anywhere else.

    A page of another site that guesses the port, or gives this machine a name of its own, is
    refused, and browsers are told to show no page of ours in a frame of one from elsewhere; more
    open pages than `MOST_PAGES` are refused too.

    Parameters
    ----------
    inner : ASGI application
    most : int, optional
        Pages that may be open at once.
    """

    def __init__(self, inner: Any, most: int = MOST_PAGES) -> None:
        self.inner, self._most, self._open = inner, most, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request; see the ASGI specification."""
        kind = scope["type"]
        if kind == "lifespan":
            await self._live(receive, send)
        elif kind == "http":
            await self._request(scope, receive, send)
        elif not _from_here(scope):
            await send({"type": "websocket.close", "code": 1008})
        elif self._open >= self._most:
            await send({"type": "websocket.close", "code": _BUSY})
        else:
            self._open += 1
            try:
                await self.inner(scope, receive, send)
            finally:
                self._open -= 1

    async def _live(self, receive: Any, send: Any) -> None:
        """Say when the server may start; at its end, end what open pages have running.

        marimo does so itself for a single page that it serves, but not for mounted ones, and
        their threads would keep the process alive.
        """
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                for route in self.inner.routes:
                    state = getattr(getattr(route, "app", None), "state", None)
                    if hasattr(state, "session_manager"):
                        await state.session_manager.shutdown()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _request(self, scope: Any, receive: Any, send: Any) -> None:
        if not _from_here(scope):
            headers = [(b"content-type", b"text/plain")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": b"open it at http://127.0.0.1"})
            return

        async def policed(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                header = (b"content-security-policy", _POLICY.encode())
                message["headers"] = [*message.get("headers", []), header]
            await send(message)

        await self.inner(scope, receive, policed)


def _from_here(scope: Mapping[str, Any]) -> bool:
    """Return whether the name asked for is of this machine, and any page that asks is ours.

    Another server of this machine, at another port, is another site.
    """
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1")
    asker = headers.get(b"origin", f"http://{host}".encode("latin-1")).decode("latin-1")
    return _OURS.fullmatch(host) is not None and asker == f"http://{host}"
