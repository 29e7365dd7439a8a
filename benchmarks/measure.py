"""CPU, wall time and memory of fresh processes, and what to say about repeated numbers."""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

ROOT = Path(__file__).parents[1]


def cpu(who):
    """Return user and system seconds of this process or of its finished children."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


@contextmanager
def stopwatch():
    """Yield a dictionary that holds ``own``, ``children``, ``cpu`` and ``wall`` [s] afterwards."""
    spent = {}
    own, children = cpu(resource.RUSAGE_SELF), cpu(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    yield spent
    spent["wall"] = time.perf_counter() - began
    spent["own"] = cpu(resource.RUSAGE_SELF) - own
    spent["children"] = cpu(resource.RUSAGE_CHILDREN) - children
    spent["cpu"] = spent["own"] + spent["children"]


@dataclass(frozen=True)
class Finished:
    """A process that ended well: what it said and used [s, bytes]."""

    output: str
    cpu: float
    wall: float
    peak: int

    def json(self):
        """Return the last line of the output, read as JSON."""
        return json.loads(self.output.splitlines()[-1])


def run_process(command, environment=None, watch_every=0.0, cwd=ROOT):
    """Run a command in a fresh process.

    Parameters
    ----------
    command : list of str
    environment : mapping of str to str, optional
        Added to the environment.
    watch_every : float, optional
        Interval [s] at which the memory of the process and all its descendants is summed
        (proportional set size: shared pages count once); 0 does not watch.
    cwd : pathlib.Path, optional

    Returns
    -------
    Finished
        CPU seconds are those of the process and of all descendants it waited for.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=os.environ | (environment or {}),
    )
    watch = _Watch(process.pid, watch_every) if watch_every else None
    said = []
    complaints = threading.Thread(target=lambda: said.append(process.stderr.read()))
    complaints.start()
    output = process.stdout.read()
    complaints.join()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    peak = watch.stop() if watch else 0
    if process.returncode:
        tail = "\n".join((said[0] + output).strip().splitlines()[-12:])
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{tail}")
    return Finished(output, used.ru_utime + used.ru_stime, wall, peak)


def run_child(variant, watch_every=0.0, **arguments):
    """Run one of the variants of `benchmarks.child` in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.child", variant, json.dumps(arguments)]
    return run_process(command, watch_every=watch_every)


class _Watch:
    """Samples the summed proportional set size of a process and its descendants."""

    def __init__(self, pid, every):
        self._process, self._every, self._peak = psutil.Process(pid), every, 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self):
        while not self._end.wait(self._every):
            total = 0
            try:
                family = [self._process, *self._process.children(recursive=True)]
            except psutil.Error:
                continue
            for member in family:
                try:
                    total += member.memory_full_info().pss
                except (psutil.Error, OSError, AttributeError):
                    continue  # it ended between listing and looking
            self._peak = max(self._peak, total)

    def stop(self):
        self._end.set()
        self._thread.join()
        return self._peak


def spread(values):
    """Return median, smallest, largest and count."""
    found = [v for v in values if v is not None]
    if not found:
        return None
    return {
        "median": float(np.median(found)),
        "min": float(np.min(found)),
        "max": float(np.max(found)),
        "n": len(found),
    }


def in_turn(rounds, variants, measure, say):
    """Measure variants round by round, so that disturbances hit all alike.

    Parameters
    ----------
    rounds : int
    variants : sequence of str
    measure : callable
        ``measure(variant, round)`` returns a dictionary of numbers, or None to leave it out.
    say : callable
        Told what runs.

    Returns
    -------
    dict of str to list of dict
        One entry per round; the order of the variants turns from round to round.
    """
    found = {name: [] for name in variants}
    for number in range(rounds):
        turn = number % len(variants)
        for name in (*variants[turn:], *variants[:turn]):
            say(f"round {number + 1}/{rounds}: {name}")
            result = measure(name, number)
            if result is not None:
                found[name].append(result)
    return {name: results for name, results in found.items() if results}
