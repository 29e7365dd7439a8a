"""The built-in measures of a trial, a file per theme, and how they are applied.

Importing a measure is light: numpy comes with the first trial.
"""

from gatecontrol.analysis.measures.evaluate import evaluate
from gatecontrol.analysis.measures.rates import PainSignal, PopulationRates
from gatecontrol.analysis.measures.synchrony import Synchrony
from gatecontrol.analysis.measures.windup import Windup

__all__ = ["PainSignal", "PopulationRates", "Synchrony", "Windup", "evaluate"]
