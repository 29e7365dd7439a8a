"""A real browser, and what every page must stand: axe-core's rules, no network, no complaint."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = os.environ.get("GATECONTROL_AXE", "")
REQUIRED = bool(os.environ.get("GATECONTROL_REQUIRE_BROWSER"))


def pytest_collection_modifyitems(items):
    if CHROMIUM is not None or REQUIRED:
        return
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="session")
def browser():
    assert CHROMIUM, "GATECONTROL_REQUIRE_BROWSER is set but there is no Chromium"
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield started
        started.close()


class Watched:
    """A page with what it asked for and complained of.

    Attributes
    ----------
    page : playwright.sync_api.Page
    away : list of str
        Addresses asked for that are not on this machine.
    complaints : list of str
        Errors of the console and of scripts.
    """

    def __init__(self, page):
        self.page, self.away, self.complaints = page, [], []
        page.on("request", self._asked)
        page.on("websocket", self._asked)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _asked(self, request):
        here = ("data:", "blob:", "file:", "http://127.0.0.1:", "ws://127.0.0.1:")
        if not request.url.startswith(here):
            self.away.append(request.url)

    def _said(self, message):
        if message.type == "error":
            self.complaints.append(message.text)

    def check(self):
        """Fail on any request that leaves this machine and on any complaint."""
        assert self.away == []
        assert self.complaints == []


def opener(new_page):
    """Yield what opens an address at a size; what the page asked for and said is checked then."""
    watched = []

    def opened(address, width=1440, height=900):
        page = new_page()
        page.set_viewport_size({"width": width, "height": height})
        watched.append(Watched(page))
        page.goto(address)
        return page

    yield opened
    for one in watched:
        one.page.close()
        one.check()


@pytest.fixture
def open_page(browser):
    """Open an address at a size, in a browser that was never used before."""
    yield from opener(browser.new_page)


@pytest.fixture(scope="session")
def used(browser):
    """A browser that keeps what it fetched: three hundred scripts a page take their time."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def visit(used):
    """Open an address at a size, in a browser that has been used."""
    yield from opener(used.new_page)


@pytest.fixture
def accessible():
    """Return a function that fails on every violation of WCAG 2.2 A and AA that axe-core finds."""
    if not AXE:
        if REQUIRED:
            pytest.fail(
                "GATECONTROL_REQUIRE_BROWSER is set but GATECONTROL_AXE names no axe.min.js"
            )
        pytest.skip("GATECONTROL_AXE does not name axe.min.js (npm pack axe-core, and unpack)")
    script = Path(AXE).read_text()

    def check(page, leave_out=()):
        # evaluated, not added as an element: the page's own policy need not allow it
        page.evaluate(script)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        rules = {name: {"enabled": False} for name in leave_out}
        options = {"runOnly": {"type": "tag", "values": tags}, "rules": rules}
        found = page.evaluate("options => axe.run(document, options)", options)
        assert [
            f"{v['id']}: {v['help']}: {[n['html'][:150] for n in v['nodes'][:3]]}"
            for v in found["violations"]
        ] == []

    return check


@pytest.fixture(scope="session")
def teaching(engine_cache, tmp_path_factory):
    """Serve the teaching pages as the command does; return the address of the bench."""
    told = tmp_path_factory.mktemp("teaching") / "told.txt"
    command = [sys.executable, "-m", "gatecontrol", "teach", "--port", "0", "--no-browser"]
    with told.open("w") as said:
        process = subprocess.Popen(command, stderr=said, stdout=subprocess.DEVNULL)
    try:
        for _ in range(1200):
            found = re.search(r"http://127\.0\.0\.1:\d+/", told.read_text())
            if found or process.poll() is not None:
                break
            time.sleep(0.1)
        assert found, told.read_text()
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(20)
    assert (code, "Traceback" in told.read_text()) == (130, False)
