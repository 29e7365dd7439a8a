"""``gatecontrol compare``: several results beside each other."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.cli.output import print_json, print_table

if TYPE_CHECKING:
    from gatecontrol.analysis.columns import Table

__all__ = ["compare"]

_MOST_ROWS = 60


def compare(folders: Sequence[Path], out: Path | None, allow: Sequence[str], *, json: bool) -> None:
    """Compare results, print the tables and, last, where the comparison is.

    Parameters
    ----------
    folders : sequence of Path
        Results folders.
    out : Path or None
        Where to write.
    allow : sequence of str
        What may differ all the same.
    json : bool
        Whether differences are printed as JSON.
    """
    from gatecontrol.analysis.comparison import compare as join
    from gatecontrol.analysis.comparison.tables import difference_table, effect_table

    found = join(folders, out, allow=allow)
    if json:
        rows = [{k: _finite(v) for k, v in row.items()} for row in found.differences]
        facts = {"comparison": str(found.path), "runs": [str(r) for r in found.data["run"].values]}
        print_json(facts | {"notes": list(found.notes), "differences": rows})
        return
    for note in found.notes:
        print(f"warning: {note}", file=sys.stderr)
    _show(effect_table(found.data))
    print()
    _show(difference_table(found.data))
    print(f"Comparison: {found.path}")


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and value != value else value


def _show(table: "Table") -> None:
    right = "".join("r" if c.is_number else "l" for c in table.columns)
    print_table(table.header, table.texts(_MOST_ROWS), title=table.title, right=right)
    if len(table.rows) > _MOST_ROWS:
        print(f"... and {len(table.rows) - _MOST_ROWS} more rows in tables/{table.name}.csv")
