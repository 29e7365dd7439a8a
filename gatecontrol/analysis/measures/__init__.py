"""The built-in measures of a trial, a file per theme, and how they are applied.

Importing a measure is light: numpy comes with the first trial.
"""

from gatecontrol.analysis.measures.afferents import Afferents
from gatecontrol.analysis.measures.alignment import Latency, Psth
from gatecontrol.analysis.measures.allodynia import Allodynia
from gatecontrol.analysis.measures.cells import CellRates
from gatecontrol.analysis.measures.course import RateSpectrum, TimeCourse
from gatecontrol.analysis.measures.evaluate import evaluate
from gatecontrol.analysis.measures.pulses import PulseLocking
from gatecontrol.analysis.measures.rates import PainSignal, PopulationRates
from gatecontrol.analysis.measures.responses import OngoingActivity, VolleyWindows
from gatecontrol.analysis.measures.synchrony import Synchrony
from gatecontrol.analysis.measures.windup import Windup

__all__ = [
    "Afferents",
    "Allodynia",
    "CellRates",
    "Latency",
    "OngoingActivity",
    "PainSignal",
    "PopulationRates",
    "Psth",
    "PulseLocking",
    "RateSpectrum",
    "Synchrony",
    "TimeCourse",
    "VolleyWindows",
    "Windup",
    "evaluate",
]
