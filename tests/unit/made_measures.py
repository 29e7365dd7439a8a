"""A package of made-up measures, and an experiment that takes them."""

SOURCE = '''
"""Made-up measures."""

from gatecontrol.analysis.base import Dimension, Measure, Summary, Variable
from gatecontrol.errors import GatecontrolError
from gatecontrol.plugins import Parameter


class Bins(Measure):
    """Counts in bins."""

    name = "bins"
    parameters = (
        Parameter("bin", "time", "5 ms", "Width.", minimum="1 ms", maximum="1 s"),
        Parameter("count", "integer", 3, "How many.", minimum=1, maximum=100),
        Parameter("ends", "choices", ("a", "b"), "Ends.", choices=("a", "b", "c")),
    )
    variables = (
        Variable("bins", ("epoch", "bin"), "1", "Counts in bins", suppression="suppression_bins"),
        Variable("per_cell", ("cell", "bin"), "1", "Counts per cell"),
    )
    references = ("cutts2014",)

    @classmethod
    def check(cls, config):
        if config.get("count") == 7:
            return [("count", "E035", "seven is unlucky", "count: 8")]
        return []

    def dimensions(self):
        edges = tuple(self["bin"] * n for n in range(self["count"]))
        return (
            Dimension("bin", "s", "Time in the bin", edges),
            Dimension("cell", "1", "Cell", first=0),
        )

    def trial(self, context):
        return {"bins": [[0.0] * self["count"]] * 3, "per_cell": []}


class Needs(Measure):
    """A parameter without default."""

    name = "needs"
    parameters = (Parameter("level", "fraction", "required", "Level."),)
    variables = (Variable("needs", (), "1", "Needs"),)


class Mean(Summary):
    """The mean of bins."""

    name = "mean_bins"
    parameters = (Parameter("power", "number", 1.0, "Power."),)
    requires = ("bins", "pain_signal")
    variables = (Variable("mean_bins", (), "1", "Mean of the bins"),)
    references = ("goldberg1969",)

    def summary(self, data):
        if data.sizes["seed"] < 2:
            raise GatecontrolError("it needs two seeds")
        mean = data["bins"].mean("seed") ** self["power"]
        import xarray as xr

        return xr.Dataset({"mean_bins": mean, "mean_bins_status": ((), "")})


class Nested(Summary):
    """Requires a summary."""

    name = "nested"
    requires = ("mean_bins",)
    variables = (Variable("nested", (), "1", "Nested"),)


class Not:
    """No measure."""

    name = "not"
    parameters = ()
    check = staticmethod(lambda config: [])
'''
BASE = """schema: 1
stimuli:
  - {kind: volley, onset: 0.2 s, count: 3}
run: {duration: 4 s}
"""
