"""The C++ compiler: which one, with which flags, and the single translation unit."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gatecontrol.errors import EngineError

__all__ = ["Compiler", "compile_unit", "find_compiler"]

# Supported Brian2 preferences do the same; -ffast-math without Brian2's usual
# -fno-finite-math-only is what lets gcc use the vector exponential of libmvec.
FLAG_SETS = (
    ("-O3", "-ffast-math", "-march=native", "--param", "vect-max-version-for-alias-checks=1000"),
    ("-O3", "-ffast-math", "-march=native"),
    ("-O2",),
)
COMMON_FLAGS = ("-w", "-std=c++14")


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
        Name of the processor, since ``-march=native`` binds a binary to it.
    """

    command: str
    version: str
    flags: tuple[str, ...]
    cpu: str


@lru_cache(maxsize=1)
def find_compiler() -> Compiler | None:
    """Return the first C++ compiler that builds and runs a trivial program, or None.

    ``$CXX`` is tried first, then ``g++``, ``clang++`` and ``c++``; for each the fastest set
    of flags that works.
    """
    if platform.system() == "Windows":
        return None
    for name in filter(None, (os.environ.get("CXX"), "g++", "clang++", "c++")):
        command = shutil.which(name)
        if command is None:
            continue
        for flags in FLAG_SETS:
            if _works(command, flags):
                version = subprocess.run(
                    [command, "--version"], capture_output=True, text=True, check=False
                ).stdout.split("\n", 1)[0]
                return Compiler(command, version, (*COMMON_FLAGS, *flags), _cpu())
    return None


def _works(command: str, flags: tuple[str, ...]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        source, binary = Path(folder, "probe.cpp"), Path(folder, "probe")
        source.write_text("#include <vector>\nint main() { return std::vector<int>(1, 0)[0]; }\n")
        try:
            build = [command, *COMMON_FLAGS, *flags, str(source), "-o", str(binary)]
            subprocess.run(build, capture_output=True, check=True, timeout=60)
            subprocess.run([str(binary)], capture_output=True, check=True, timeout=10)
        except (OSError, subprocess.SubprocessError):
            return False
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
        raise EngineError(f"the C++ compiler {compiler.command} failed:\n{tail}")
