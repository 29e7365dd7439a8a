"""The report of a run: one HTML file that needs nothing beside itself."""

from pathlib import Path

__all__ = ["write_report"]


def write_report(folder: Path | str, evidence: Path | str | None = None) -> Path:
    """Draw the figures of a run and write ``report.html``.

    Parameters
    ----------
    folder : path
        Results folder: ``results.nc`` and, if there, ``experiment.yaml`` and ``run.json``.
    evidence : path, optional
        Evidence score of the circuit, see `gatecontrol.analysis.report.score.read_score`.

    Returns
    -------
    Path
        ``report.html`` in that folder; the figures lie in ``figures/`` beside it and every
        table, whole and unrounded, in ``tables/``.

    Raises
    ------
    GatecontrolError
        There are no results there, or the evidence cannot be read or is of another circuit.
    """
    import xarray as xr

    from gatecontrol.analysis.figures import draw_all
    from gatecontrol.analysis.report.content import content
    from gatecontrol.analysis.report.page import picture, render, write_csv
    from gatecontrol.analysis.report.score import read_score
    from gatecontrol.analysis.results import open_results

    results = open_results(folder, spikes=False)
    circuits = {str(c) for c in results.data["circuit"].values.ravel()}
    score = None if evidence is None else read_score(evidence, circuits)
    found, tables = content(results, score)
    write_csv(tables, results.path / "tables")
    # of the kept spikes, those of one recording are read
    with xr.open_datatree(results.path / "results.nc", engine="h5netcdf") as stored:
        drawn = draw_all(stored, results.path / "figures")
    figures = [picture(path, d.caption, d.alt) for d, path in drawn]
    return render("report.html.j2", {**found, "figures": figures}, results.path / "report.html")
