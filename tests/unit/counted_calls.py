"""Work counted in calls of functions, which do not depend on how busy a machine is."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_COUNT = """
import sys
calls = [0]
def seen(*_):
    calls[0] += 1
sys.setprofile(seen)
try:
    {}
finally:
    sys.setprofile(None)
    print(calls[0], file=sys.stderr)
"""


def calls_of_process(code: str, folder: Path | None = None) -> int:
    """Return the calls and returns, Python's and C's, that code makes in a fresh process.

    Parameters
    ----------
    code : str
        Statements of one line, parted by semicolons.
    folder : Path, optional
        Where it runs.
    """
    line = [sys.executable, "-c", _COUNT.format(code)]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
    return int(done.stderr.splitlines()[-1])


def calls_of(function: Callable[[], object]) -> int:
    """Return the calls and returns, Python's and C's, that a function makes."""
    calls = 0

    def seen(*_: object) -> None:
        nonlocal calls
        calls += 1

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        function()
    finally:
        sys.setprofile(before)
    return calls
