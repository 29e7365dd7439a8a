"""Tests by folder: the folder names the mark; figures need no display; one engine cache."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("MPLBACKEND", "Agg")

MARKED = {"physics", "integration", "docs", "browser"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of a folder in `MARKED` with the folder's name."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            folder = item.path.relative_to(here).parts[0]
            if folder in MARKED:
                item.add_marker(folder)


@pytest.fixture(scope="session", autouse=True)
def engine_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep compiled networks of the test session apart from the user's, shared by all tests.

    With pytest-xdist the workers share one folder, beside their own temporary folders. A
    folder given from outside (``GATECONTROL_CACHE_DIR``) is respected.
    """
    given = os.environ.get("GATECONTROL_CACHE_DIR")
    if given:
        return Path(given)
    base = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent
    cache = base / "engine-cache"
    cache.mkdir(exist_ok=True)
    os.environ["GATECONTROL_CACHE_DIR"] = str(cache)
    return cache
