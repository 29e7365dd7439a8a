"""Several runs beside each other: other circuits, conditions, preparations or devices."""

import os
import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True)
class Comparison:
    """Runs that were compared.

    Attributes
    ----------
    data : xarray.Dataset
        The runs along ``run`` and the differences between them; see
        `gatecontrol.analysis.comparison.align.aligned`.
    path : Path
        Folder with ``comparison.nc``, ``report.html``, ``figures/`` and ``tables/``.
    notes : tuple of str
        What a reader must know: versions, arms left out, differences that were allowed.
    """

    data: "xr.Dataset"
    path: Path
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return the runs and the folder, not the data."""
        runs = ", ".join(map(str, self.data["run"].values))
        return f"<Comparison of {runs} in {self.path}; see .data, .differences, .notes>"

    @property
    def differences(self) -> list[dict[str, Any]]:
        """Every difference between two runs: arm, sweep point, runs, estimate, interval."""
        from gatecontrol.analysis.comparison.tables import difference_rows

        return difference_rows(self.data)


def compare(
    folders: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str] | None = None,
    *,
    allow: Collection[str] = (),
) -> Comparison:
    """Compare several results and write data, figure, tables and a report.

    Arms are matched by name. Runs may differ in circuit, conditions, preparation and device;
    what makes a comparison meaningless is refused.

    Parameters
    ----------
    folders : sequence of path
        Results folders, two or more.
    out : path, optional
        ``results/comparison`` by default.
    allow : collection of str, optional
        What may differ all the same: ``stimuli``, ``duration``, ``device_window``,
        ``epochs``, ``dt``.

    Returns
    -------
    Comparison
        Differences are paired by seed where the runs have the same seeds and the same
        natural spikes.

    Raises
    ------
    UsageError
        The runs cannot be compared; the text gives every reason.
    GatecontrolError
        There are no results in a folder.
    """
    import xarray as xr

    from gatecontrol.analysis.comparison.align import aligned
    from gatecontrol.analysis.comparison.figure import forest, forest_alt
    from gatecontrol.analysis.comparison.page import caption, content
    from gatecontrol.analysis.comparison.runs import check, notes, open_runs
    from gatecontrol.analysis.figures.style import save
    from gatecontrol.analysis.report.page import picture, render, write_csv
    from gatecontrol.analysis.results import write
    from gatecontrol.errors import UsageError

    folder = Path(out) if out is not None else Path("results") / "comparison"
    if (folder / "results.nc").exists():
        raise UsageError(f"{folder} holds the results of a run; choose another folder with --out")
    runs = open_runs([Path(f) for f in folders])
    told = (*check(runs, allow), *notes(runs))
    data = aligned(runs)
    write(xr.DataTree(data, name="comparison"), folder / "comparison.nc")
    words = ["gatecontrol", "compare", *map(os.fspath, folders)]
    words += [w for topic in allow for w in ("--allow", topic)]
    words += ["--out", os.fspath(folder)] if out is not None else []
    found, tables = content(data, runs, told, shlex.join(words))
    write_csv(tables, folder / "tables")
    drawn = save(forest(data), folder / "figures", "suppression_by_run")[0]
    figures = [picture(drawn, caption(data), forest_alt(data))]
    render("comparison.html.j2", {**found, "figures": figures}, folder / "report.html")
    return Comparison(data, folder, told)
