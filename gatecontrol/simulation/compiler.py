"""The C++ compiler: which one, with which flags, and the single translation unit."""

import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from gatecontrol.errors import EngineError
from gatecontrol.files import cache_folder

__all__ = ["PORTABLE", "Compiler", "compile_unit", "find_compiler", "is_portable"]

# Supported Brian2 preferences do the same; -ffast-math without Brian2's usual
# -fno-finite-math-only lets gcc vectorise, and -fwhole-program drops what Brian2 writes for
# cases that are not this one (a third of the time to compile).
_FAST = ("-O3", "-ffast-math")
_GCC = ("--param", "vect-max-version-for-alias-checks=1000", "-fwhole-program")
_NATIVE = "-march=native"
FLAG_SETS = ((*_FAST, _NATIVE, *_GCC), (*_FAST, _NATIVE), ("-O2",))
# x86 processors since about 2015 have the third level, which costs nothing; the first costs 3x.
_V3 = "-march=x86-64-v3"
PORTABLE_SETS = ((*_FAST, _V3, *_GCC), (*_FAST, _V3), (*_FAST, *_GCC), _FAST, ("-O2",))
COMMON_FLAGS = ("-w", "-std=c++14")
PORTABLE = "GATECONTROL_PORTABLE"
"""Environment variable: anything but 0 builds for every processor of this kind of machine."""
_PROBE = """#include <vector>
int main() {
#ifdef __AVX2__
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 1;
#endif
    return std::vector<int>(1, 0)[0];
}
"""


@dataclass(frozen=True)
class Compiler:
    """A working compiler.

    Attributes
    ----------
    command : str
        Path of the executable.
    version : str
        First line of ``--version``.
    flags : tuple of str
    cpu : str
        Name of the processor, since ``-march=native`` binds a binary to it; of a portable
        build only the kind of machine ("x86_64").
    """

    command: str
    version: str
    flags: tuple[str, ...]
    cpu: str


def is_portable() -> bool:
    """Return whether networks are compiled for every processor of this kind of machine."""
    return os.environ.get(PORTABLE, "0") not in {"", "0"}


@lru_cache(maxsize=1)
def find_compiler() -> Compiler | None:
    """Return the first C++ compiler that builds and runs a trivial program, or None.

    ``$CXX`` is tried first, then ``g++``, ``clang++`` and ``c++``; for each the fastest set
    of flags that works. With ``$GATECONTROL_PORTABLE`` set, the binaries run, with the same
    results, on every processor of this kind of machine (x86: since about 2015). What was found is
    remembered in the cache folder while the compiler's file stays as it is.
    """
    if platform.system() == "Windows":
        return None
    portable = is_portable()
    for name in filter(None, (os.environ.get("CXX"), "g++", "clang++", "c++")):
        command = shutil.which(name)
        if command is None:
            continue
        found = _remembered(command, portable) or _tried(command, portable)
        if found is not None:
            return found
    return None


def _tried(command: str, portable: bool) -> Compiler | None:
    """Return a compiler with the fastest flags that work, and remember it."""
    certain = True
    for flags in PORTABLE_SETS if portable else FLAG_SETS:
        works = _works(command, flags)
        certain &= works is not None
        if works:
            version = subprocess.run(
                [command, "--version"], capture_output=True, text=True, check=False
            ).stdout.split("\n", 1)[0]
            cpu = platform.machine() if portable else _cpu()
            found = Compiler(command, version, (*COMMON_FLAGS, *flags), cpu)
            note = _note(command, portable)
            if not certain:  # a busy machine: look again next time
                return found
            with contextlib.suppress(OSError):  # a cache that cannot be written only costs time
                note.parent.mkdir(parents=True, exist_ok=True)
                scratch = note.with_suffix(f".{os.getpid()}")
                scratch.write_text(json.dumps(asdict(found)))
                os.replace(scratch, note)
            return found
    return None


def _note(command: str, portable: bool) -> Path:
    """Return where a compiler is remembered: a name for it, its file, flags and processor."""
    status = os.stat(command)
    parts = [command, status.st_size, status.st_mtime_ns, FLAG_SETS, PORTABLE_SETS, COMMON_FLAGS]
    text = json.dumps([*parts, portable, _cpu()])
    return cache_folder() / f"compiler-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"


def _remembered(command: str, portable: bool) -> Compiler | None:
    try:
        known = json.loads(_note(command, portable).read_text())
        return Compiler(**known | {"flags": tuple(known["flags"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _works(command: str, flags: tuple[str, ...]) -> bool | None:
    """Return whether a trivial program is built and runs; None if that could not be tried."""
    with tempfile.TemporaryDirectory() as folder:
        source, binary = Path(folder, "probe.cpp"), Path(folder, "probe")
        source.write_text(_PROBE)
        try:
            build = [command, *COMMON_FLAGS, *flags, str(source), "-o", str(binary)]
            subprocess.run(build, capture_output=True, check=True, timeout=60)
            subprocess.run([str(binary)], capture_output=True, check=True, timeout=10)
        except subprocess.CalledProcessError:
            return False
        except (OSError, subprocess.TimeoutExpired):
            return None
    return True


def _cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
        found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
        flags = re.search(r"^flags\s*:\s*(.+)$", text, re.MULTILINE)
        digest = hashlib.sha256((flags[1] if flags else "").encode()).hexdigest()[:8]
        name = found[1] if found else platform.machine()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    return f"{name} ({digest})"


def compile_unit(compiler: Compiler, source: Path, binary: Path, include: Path) -> None:
    """Compile one translation unit.

    Parameters
    ----------
    compiler : Compiler
    source, binary, include : pathlib.Path
        Source file, output, and the project folder with its headers.

    Raises
    ------
    EngineError
        The compiler failed; the message ends with its last words.
    """
    folders = ["-I", str(include), "-I", str(include / "brianlib")]
    command = [compiler.command, *compiler.flags, *folders, str(source), "-o"]
    try:
        done = subprocess.run(
            [*command, str(binary)], capture_output=True, text=True, check=False, timeout=600
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineError(f"the C++ compiler {compiler.command} could not run: {error}") from error
    if done.returncode:
        tail = "\n".join(done.stderr.strip().splitlines()[-8:])
        remedy = "Mend or replace the compiler ($CXX names one), or run with --engine cython"
        if "No space left" in tail:
            remedy = "Free some space, or set GATECONTROL_CACHE_DIR to a folder on another disk"
        raise EngineError(f"the C++ compiler {compiler.command} failed:\n{tail}\n{remedy}")
