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
code = 0
try:
    {}
except SystemExit as end:
    code = end.code
sys.setprofile(None)
print(calls[0], file=sys.stderr)
sys.exit(code)
"""


def calls_of_process(code: str, folder: Path | None = None) -> int:
    """Return the calls and returns, Python's and C's, that code makes in a fresh process.

    Parameters
    ----------
    code : str
        Statements of one line, parted by semicolons.
    folder : Path, optional
        Where it runs.

    Raises
    ------
    subprocess.CalledProcessError
        It ends with a code that is not 0: what stops early makes few calls.
    """
    line = [sys.executable, "-c", _COUNT.format(code)]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=True)
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
