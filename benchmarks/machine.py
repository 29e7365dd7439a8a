"""Versions and machine of a report."""

import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from gatecontrol.simulation.compiler import find_compiler

PACKAGES = ("gatecontrol", "brian2", "numpy", "cython", "nest-simulator", "psutil")


def describe():
    """Return what the numbers depend on, as text by name."""
    found = {"python": sys.version.split()[0]}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    compiler = find_compiler()
    found["C++ compiler"] = compiler.version if compiler else "none"
    found["engine's flags"] = " ".join(compiler.flags) if compiler else ""
    found["CPU"] = _cpu()
    found["cores"] = str(os.cpu_count())
    found["memory"] = f"{psutil.virtual_memory().total / 1e9:.0f} GB"
    found["operating system"] = f"{_system()}, kernel {platform.release()}"
    found["load at the start"] = f"{os.getloadavg()[0]:.2f}"
    found["date"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    found["commit"] = _commit()
    return found


def _cpu():
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    named = {k: re.search(rf"^{k}\s*:\s*(.+)$", text, re.M) for k in ("model name", "cpu MHz")}
    words = [found[1] for found in (named["model name"],) if found]
    return ", ".join([*words, platform.machine()])


def _system():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def _commit():
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return done.stdout.strip() or "unknown"
