"""The seeds of an experiment: a fixed list, or a rule that adds seeds until they suffice.

Which seeds a rule ends with is worked out in `gatecontrol.experiment.adaptive`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from gatecontrol.errors import did_you_mean
from gatecontrol.experiment.values import Fault, check_value, stop
from gatecontrol.plugins import REQUIRED, Parameter

__all__ = ["MOST_SEEDS", "AdaptiveSeeds", "SeedList"]

MOST_SEEDS = 10_000
LARGEST_SEED = 2**31 - 1
FEWEST = 5
"""Fewest seeds that have an interval (`gatecontrol.analysis.statistics.MIN_SEEDS`)."""
_MIN, _MAX = 10, 200
_RULE = "seeds: {until: 0.02, max: 200}"
_FIXED, _CHOSEN = ("first", "count"), ("until", "min", "max", "first")


@dataclass(frozen=True)
class AdaptiveSeeds(Sequence[int]):
    """All seeds that a rule may use, in order, with the rule.

    Attributes
    ----------
    until : float
        Largest half-width of the 95 % interval of a pooled suppression, as a fraction.
    min, max : int
        Fewest and most seeds.
    first : int
        First seed; the others follow it.
    """

    until: float
    min: int = _MIN
    max: int = _MAX
    first: int = 1

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        return range(self.first, self.first + self.max)[index]

    def __len__(self) -> int:
        return self.max


@dataclass(frozen=True)
class SeedList:
    """Field type: a count, a list, ``{first, count}`` or ``{until, min, max, first}``.

    Becomes a tuple of seeds, or `AdaptiveSeeds`.
    """

    def read(self, value: Any) -> tuple[int, ...] | AdaptiveSeeds:
        """Return the seeds."""
        if isinstance(value, tuple | AdaptiveSeeds):
            return value
        if isinstance(value, list):
            return self._listed(value)
        if isinstance(value, dict) and value.keys() & {"until", "min", "max"}:
            return self._rule(value)
        first = 1
        if isinstance(value, dict):
            self._known(value, _FIXED)
            if "count" not in value:
                help = "seeds: {first: 100, count: 20}"
                raise stop(Fault(("count",), "E002", "missing key", help))
            first = self._first(value)
        at = ("count",) if isinstance(value, dict) else ()
        count = self._whole(value["count"] if at else value, 1, MOST_SEEDS, at)
        return tuple(range(first, first + count))

    def _rule(self, value: dict[str, Any]) -> AdaptiveSeeds:
        if "count" in value:
            message = "a fixed count and a rule (until, min, max) exclude each other"
            raise stop(Fault(("count",), "E035", message, _RULE, True))
        self._known(value, _CHOSEN)
        if "until" not in value:
            raise stop(Fault(("until",), "E002", "missing key, though min or max is given", _RULE))
        until, fault = check_value(Parameter("until", "number", REQUIRED, ""), value["until"])
        if fault is not None:
            fault = Fault((), fault.code, fault.message, "until: 0.02   # 2 percentage points")
        elif not 0 < until < 1:
            percentage = 1 <= until < 100
            help = f"until: {until / 100:g}   # {until:g} percentage points" if percentage else ""
            message = f"must be a fraction above 0 and below 1, got {value['until']}"
            fault = Fault((), "E030", message, help or "until: 0.02   # 2 percentage points")
        if fault is not None:
            raise stop(fault.under(("until",)))
        fewest = self._whole(value.get("min", _MIN), 1, MOST_SEEDS, ("min",))
        if fewest < FEWEST:
            message = f"{fewest} seeds have no interval, which needs {FEWEST}"
            raise stop(Fault(("min",), "E035", message, f"min: {_MIN}"))
        most = self._whole(value.get("max", max(_MAX, fewest)), 1, MOST_SEEDS, ("max",))
        if most < fewest:
            given = "" if "min" in value else ", its default"
            message = f"{most} is below min ({fewest}{given})"
            raise stop(Fault(("max",), "E035", message, f"max: {max(_MAX, fewest)}"))
        return AdaptiveSeeds(float(until), fewest, most, self._first(value))

    @staticmethod
    def _known(value: dict[str, Any], keys: tuple[str, ...]) -> None:
        unknown = [k for k in value if k not in keys]
        if unknown:
            message = f"unknown key.{did_you_mean(str(unknown[0]), [*_FIXED, *_CHOSEN])}"
            help = f"keys of seeds: {', '.join(_FIXED)}; or {', '.join(_CHOSEN)}"
            raise stop(Fault((unknown[0],), "E001", message, help, True))

    def _first(self, value: dict[str, Any]) -> int:
        return self._whole(value.get("first", 1), 0, LARGEST_SEED - MOST_SEEDS, ("first",))

    def _listed(self, value: list[Any]) -> tuple[int, ...]:
        if not value:
            raise stop(Fault((), "E051", "the list of seeds is empty", "seeds: 20"))
        if len(value) > MOST_SEEDS:
            raise stop(Fault((), "E033", f"{len(value)} seeds are more than {MOST_SEEDS}"))
        seeds = tuple(self._whole(v, 0, LARGEST_SEED, (i,)) for i, v in enumerate(value))
        for index, seed in enumerate(seeds):
            if seed in seeds[:index]:
                raise stop(Fault((index,), "E035", f"the seed {seed} is listed twice"))
        return seeds

    def _whole(self, value: Any, low: int, high: int, at: tuple[str | int, ...]) -> int:
        parameter = Parameter("seeds", "integer", REQUIRED, "", minimum=low, maximum=high)
        parsed, fault = check_value(parameter, value)
        if fault is not None:
            raise stop(fault.under(at))
        return int(parsed)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        count = {"type": "integer", "minimum": 1, "maximum": MOST_SEEDS}
        seed = {"type": "integer", "minimum": 0, "maximum": LARGEST_SEED}
        first = seed | {"maximum": LARGEST_SEED - MOST_SEEDS}
        until = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
        fixed = {"first": first, "count": count}
        rule = {
            "until": until,
            "min": count | {"minimum": FEWEST, "default": _MIN},
            "max": count | {"minimum": FEWEST, "default": _MAX},
            "first": first,
        }
        return {
            "anyOf": [
                count,
                {
                    "type": "array",
                    "items": seed,
                    "minItems": 1,
                    "maxItems": MOST_SEEDS,
                    "uniqueItems": True,
                },
                *(
                    {
                        "type": "object",
                        "properties": properties,
                        "required": [needed],
                        "additionalProperties": False,
                    }
                    for properties, needed in ((fixed, "count"), (rule, "until"))
                ),
            ]
        }
