"""A small experiment for tests of loading, and its first trial."""

from gatecontrol.experiment.load import load
from gatecontrol.experiment.sweep import points

BASE = """\
schema: 1
stimuli:
  - {kind: pinch, onset: 0.2 s, duration: 2 s}
device: {kind: scs, frequency: 50 Hz, amplitude: 120 %PT}
run: {duration: 4 s, device_on: 1 s, device_off: 3 s}
"""


def first(path, overrides=()):
    return points(load(path, overrides))[0].trial
