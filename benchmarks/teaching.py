"""The live page in a real browser, as a lecturer and a class would use it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_LONG = 120_000  # ms
_RESULT = "#result:not(.busy) strong"


@contextmanager
def served(cache):
    """Run ``gatecontrol teach`` with a cache folder; yield its address and when it was started."""
    began = time.perf_counter()
    with tempfile.NamedTemporaryFile("r") as told:
        command = [sys.executable, "-m", "gatecontrol", "teach", "--port", "0", "--no-browser"]
        process = subprocess.Popen(
            command,
            stderr=open(told.name, "w"),  # noqa: SIM115  (closed with the process)
            env=os.environ | {"GATECONTROL_CACHE_DIR": str(cache)},
        )
        try:
            while not (
                found := re.search(r"http://127\.0\.0\.1:\d+/", Path(told.name).read_text())
            ):
                if process.poll() is not None:
                    raise SystemExit(f"gatecontrol teach ended:\n{Path(told.name).read_text()}")
                time.sleep(0.02)
            yield found[0], began
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


@contextmanager
def browser():
    """Yield a fresh browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET)
        yield started
        started.close()


def _drawn(page):
    """Wait until the page shows words and all three drawings; return the words."""
    page.locator("img.raster").wait_for(timeout=_LONG)
    page.wait_for_function("[...document.images].every(i => i.complete)", timeout=_LONG)
    return page.locator("#result").inner_text()


def first_page(cache):
    """Return the time [s] from the command to a usable first page, in a fresh browser."""
    with browser() as started, served(cache) as (address, began):
        page = started.new_page()
        page.goto(address)
        _drawn(page)
        page.get_by_role("switch", name="Brush the skin").wait_for(timeout=_LONG)
        return time.perf_counter() - began


def slider_changes(cache, count, seed):
    """Return the times [s] from a key press on a slider to the new drawings, one per change.

    Every state is new: nothing of it is in the cache but what other states have too. From the
    perception threshold upwards each step recruits more fibres, so the drawings differ; there are
    20 steps.
    """
    spent = []
    with browser() as started, served(cache) as (address, _):
        page = started.new_page()
        page.goto(f"{address}?device=scs&amplitude=100&seed={seed}")
        _drawn(page)
        slider = page.get_by_role("slider", name="Amplitude [% of perception threshold]")
        slider.focus()
        picture = page.locator("img.circuit")
        for _ in range(count):
            before = picture.get_attribute("src")
            began = time.perf_counter()
            page.keyboard.press("ArrowRight")
            page.wait_for_function(
                "old => document.querySelector('img.circuit').src !== old", arg=before,
                timeout=_LONG, polling=10,
            )  # fmt: skip
            spent.append(time.perf_counter() - began)
            page.wait_for_timeout(200)  # a person does not press again at once
    return spent


def crowd(cache, clients, seed):
    """Open many pages at once, each with a state of its own, and change each.

    Returns
    -------
    dict
        ``wrong``, pages whose numbers are not those of their state; ``wall`` [s] until all
        were answered; ``answer`` [s], the median wait of a page for its changed state;
        ``memory`` [bytes] of the server and its workers.
    """
    import psutil

    from gatecontrol.teaching.answer import compute
    from gatecontrol.teaching.bench import BenchState

    states = [BenchState(seed=seed + i) for i in range(clients)]
    with browser() as started, served(cache) as (address, _):
        context = started.new_context()
        pages = [context.new_page() for _ in states]
        for page, state in zip(pages, states, strict=True):
            page.goto(f"{address}?seed={state.seed}")
        for page in pages:
            _drawn(page)
        before = [page.locator(_RESULT).inner_text() for page in pages]
        began = time.perf_counter()
        for page in pages:
            page.get_by_role("switch", name="Brush the skin").focus()
            page.keyboard.press("Space")
        waits, said = [], []
        for page, old in zip(pages, before, strict=True):
            page.wait_for_function(
                "([at, old]) => { const e = document.querySelector(at);"
                + " return e && e.innerText !== old; }",
                arg=[_RESULT, old], timeout=_LONG, polling=10,
            )  # fmt: skip
            waits.append(time.perf_counter() - began)
            said.append(page.locator("#result p").inner_text())
        server = next(p for p in psutil.Process().children() if "teach" in p.cmdline())
        family = [server, *server.children(recursive=True)]
        memory = sum(p.memory_full_info().pss for p in family)
    os.environ["GATECONTROL_CACHE_DIR"] = str(cache)
    right = [compute(state.changed(brush=True)).sentence for state in states]
    return {
        "wrong": sum(a != b for a, b in zip(said, right, strict=True)),
        "wall": waits[-1],
        "answer": float(np.median(waits)),
        "memory": memory,
    }
