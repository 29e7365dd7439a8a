"""Commands that do not simulate: exit codes, texts, JSON, and how light they are."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from counted_calls import calls_of_process
from filelock import FileLock

ROOT = Path(__file__).parents[2]
BAD = """\
schema: 1
preparation: human
stimuli:
  - {kind: pinch, onset: 0.2}
run: {durration: 9 s}
arms:
  scs: {device: {kind: scz}}
"""


def test_help_names_every_command(command):
    done = command("--help")
    assert done.code == 0
    names = "check run merge list describe schema report compare evidence export cite cache"
    for name in names.split():
        assert any(line.strip().startswith(f"{name} ") for line in done.lines), name


def test_version(command):
    import gatecontrol

    done = command("--version")
    assert (done.code, done.out) == (0, f"gatecontrol {gatecontrol.__version__}\n")


def test_python_minus_m_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "gatecontrol", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("gatecontrol ")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["bake"], "No such command 'bake'"),
        (["run"], "Missing argument"),
        (["run", "x", "--workers", "0"], "Invalid value for '--workers'"),
        (["list", "devises"], "'devises'"),
        (["describe", "device"], "Missing argument"),
    ],
)
def test_usage_errors_end_with_code_two(command, arguments, text):
    done = command(*arguments)
    assert done.code == 2
    assert text in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


def test_check_shows_every_problem_of_every_file(command, small):
    (command.folder / "bad.yaml").write_text(BAD)
    done = command("check", "bad.yaml", "small.yaml")
    assert done.code == 2
    assert "bad.yaml:4:" in done.out
    assert "error[E021]: stimuli[0].onset: 0.2 has no unit; a time is needed." in done.out
    assert "error[E001]: run.durration: unknown key. Did you mean 'duration'?" in done.out
    assert (
        "error[E012]: arms.scs.device.kind: no device plug-in 'scz'. Did you mean 'scs'?"
        in done.out
    )
    assert "ok: small: 3 arms x 3 seeds = 9 points" in done.out
    assert done.err == "3 problems in 2 files\n"
    assert {p.name for p in command.folder.iterdir()} == {"bad.yaml", "small.yaml"}


def test_check_gives_the_same_problems_as_json(command):
    (command.folder / "bad.yaml").write_text(BAD)
    done = command("check", "bad.yaml", "--json")
    assert done.code == 2
    found = json.loads(done.out)
    assert [p["code"] for p in found] == ["E021", "E001", "E012"]
    assert found[0]["path"] == "stimuli[0].onset"
    assert (found[0]["file"], found[0]["line"]) == ("bad.yaml", 4)
    good = command("check", "compare_targets", "--json")
    assert (good.code, json.loads(good.out)) == (0, [])


def test_run_refuses_a_bad_file_with_the_same_text_and_writes_nothing(command):
    (command.folder / "bad.yaml").write_text(BAD)
    checked, run = command("check", "bad.yaml"), command("run", "bad.yaml")
    assert run.code == 2
    assert run.out == ""
    assert run.err.splitlines()[1:] == checked.out.splitlines()
    assert [p.name for p in command.folder.iterdir()] == ["bad.yaml"]


def test_an_unknown_experiment_is_named(command):
    done = command("run", "compare_target")
    assert done.code == 2
    assert "Did you mean 'compare_targets'?" in done.err


def test_strict_turns_warnings_into_errors(command, small):
    text = (
        small
        .read_text()
        .replace("  nothing: {}\n", "")
        .replace("seeds: 3", "allow_out_of_range: [device.frequency]\nseeds: 3")
    )
    small.write_text(text)
    done = command("check", "small.yaml")
    assert done.code == 0
    assert "warning[W004]" in done.out
    done = command("check", "small.yaml", "--strict")
    assert done.code == 2


@pytest.mark.parametrize(
    "kind", ["devices", "circuits", "stimuli", "measures", "preparations", "experiments"]
)
def test_everything_listed_can_be_described(command, kind):
    listed = json.loads(command("list", kind, "--json").out)
    assert listed
    one = {"stimuli": "stimulus"}.get(kind, kind.removesuffix("s"))
    for row in listed:
        assert row["what"]
        assert "cannot be loaded" not in row["what"]
    name = listed[0]["name"]
    about = json.loads(command("describe", one, name, "--json").out)
    assert about["name"] == name
    text = command("describe", one, name)
    assert text.code == 0
    assert text.lines[0].startswith(f"{name}: ")


def test_list_without_a_kind_lists_everything(command):
    done = command("list")
    for name in ("scs", "gate", "pinch", "windup", "monkey", "compare_targets"):
        assert any(line.strip().startswith(name) for line in done.lines), name


def test_a_device_is_described_with_units_ranges_sources_and_limits(command):
    done = command("describe", "device", "scs")
    rows = [line.split() for line in done.lines]
    frequency = next(r for r in rows if r[:2] == ["frequency", "frequency"])
    assert "Hz" in frequency
    assert "clinical limits" in done.lines
    assert any(r[:1] == ["compliance"] for r in rows)
    assert "programmes" in done.lines
    assert any(r[:1] == ["burst_dr"] and r[-1] == "caylor2019" for r in rows)


def test_a_circuit_is_described_with_every_number_and_source(command):
    about = json.loads(command("describe", "circuit", "gate", "--json").out)
    assert {p["population"] for p in about["populations"]} >= {"projection_deep", "excitatory"}
    for pathway in about["pathways"]:
        assert "[" in pathway["weights"]
        assert "[" in pathway["delay"]
    assert {"naive", "injured", "gaba_a_block"} <= {c["condition"] for c in about["conditions"]}


@pytest.mark.parametrize("name", ["zhang2014", "aguiar2010", "medlock2022", "sagalajev2024"])
def test_a_published_circuit_is_described_with_its_doi(command, name):
    text = " ".join(command("describe", "circuit", name).out.split())
    assert re.search(rf"{name}: .*\(20\d\d\)\. .* https://doi\.org/10\.\d+/\S+", text)
    file = (ROOT / "gatecontrol" / "circuits" / f"{name}.yaml").read_text()
    assert re.search(r"doi:10\.\d+/\S+", file)


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        ("device", "scz", "no device 'scz'. Did you mean 'scs'?"),
        ("preparation", "rats", "no preparation 'rats'. Did you mean 'rat'?"),
        ("circuit", "gates", "no circuit 'gates'. Did you mean 'gate'?"),
        ("stimulus", "brish", "no stimulus 'brish'. Did you mean 'brush'?"),
        ("experiment", "scs_freqency", "Did you mean 'scs_frequency'?"),
    ],
)
def test_describing_what_is_not_there(command, kind, name, text):
    done = command("describe", kind, name)
    assert done.code == 2
    assert text in done.err
    assert "Traceback" not in done.err


def test_the_schema_can_be_written(command):
    printed = json.loads(command("schema").out)
    done = command("schema", "--out", "schema.json")
    assert done.out == "schema.json\n"
    assert json.loads((command.folder / "schema.json").read_text()) == printed
    assert printed["$schema"].endswith("2020-12/schema")


def test_cite_and_report_work_on_a_results_folder(finished):
    command, _ = finished
    text = command("cite", "results/small")
    assert text.code == 0
    assert any("Gate control" in line or "Melzack" in line for line in text.lines)
    bibtex = command("cite", "results/small", "--bibtex").out
    assert bibtex.rstrip() == (command.folder / "results/small/references.bib").read_text().rstrip()
    keys = json.loads(command("cite", "results/small", "--json").out)["keys"]
    assert "melzack1965" in keys
    report = command.folder / "results/small/report.html"
    report.unlink()
    done = command("report", "results/small")
    assert (done.code, done.out) == (0, "results/small/report.html\n"), done.err
    assert report.exists()


def test_a_folder_without_results_is_named(command):
    for name in ("cite", "report"):
        done = command(name, ".")
        assert done.code == 1
        assert "is not the results folder of a finished run" in done.err


def test_the_cache_is_shown_and_cleared(command, monkeypatch, tmp_path):
    folder = tmp_path / "cache"
    monkeypatch.setenv("GATECONTROL_CACHE_DIR", str(folder))
    entry = folder / "0123abcd"
    entry.mkdir(parents=True)
    structure = {"cells": 350, "sources": 400, "dt": 1e-4}
    (entry / "manifest.json").write_text(json.dumps({"structure": structure}))
    (entry / "main").write_bytes(b"x" * 1000)
    mine = folder / "notes.txt"
    mine.write_text("not the engine's")
    for name, count in (("teaching/{}.npz", 2), ("lessons/{}.json", 1), ("thresholds/{}.nc", 1)):
        for number in range(count):
            file = folder / name.format(number)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(b"x" * 500)
    (folder / "thresholds" / "0.nc.lock").touch()
    shown = json.loads(command("cache", "--json").out)
    assert [(e["cells"], e["whole"]) for e in shown["entries"]] == [(350, False)]
    assert shown["kept"]["teaching"] == {"files": 2, "bytes": 1000}
    assert shown["bytes"] == shown["entries"][0]["bytes"] + 2000
    shown = command("cache", "show").out
    beside = "1 solved fibre table, 2 bench trials, 1 lesson result"
    assert f"1 compiled network, {beside}, 0.0 MB" in shown
    assert "damaged" in shown
    with FileLock(folder / "0123abcd.lock"):  # as a process that builds it holds it
        said = command("cache", "clear").out
        assert said.startswith(f"removed 0 compiled networks, {beside} (")
        assert "1 compiled network left: being built at this moment" in said
        assert entry.exists()
    assert command("cache", "clear").out.startswith("removed 1 compiled network (")
    assert not entry.exists()
    assert not list(folder.glob("*.lock"))
    assert [p.name for p in folder.iterdir()] == [mine.name]
    shown = json.loads(command("cache", "--json").out)
    assert (shown["entries"], shown["bytes"]) == ([], 0)


def test_the_cache_is_warmed_once(command, small, monkeypatch, tmp_path):
    monkeypatch.setenv("GATECONTROL_CACHE_DIR", str(tmp_path / "cache"))
    first = command("cache", "warm", "small.yaml", "--json")
    assert "compiling the network of circuit" in first.err
    (entry,) = json.loads(first.out)["entries"]
    assert entry["whole"]
    assert command("cache", "warm", "small.yaml").err == ""
    done = command("cache", "clear", "small.yaml")
    assert done.code == 1
    assert "'cache clear' takes no experiments; 'cache warm' does" in done.err


def test_debug_shows_the_traceback_and_only_debug(command):
    assert "Traceback" not in command("describe", "device", "scz").err
    assert "Traceback" in command("describe", "device", "scz", "--debug").err
    assert "Traceback" in command("--debug", "describe", "device", "scz").err


HEAVY = (
    "brian2", "xarray", "pandas", "scipy", "numba", "matplotlib", "seaborn", "rich.console",
)  # fmt: skip
PROBE = (
    "import sys\nfrom gatecontrol.cli import main\n"
    + "try:\n    main(sys.argv[1:])\nexcept SystemExit as end:\n    code = end.code\n"
    + f"heavy = [m for m in {HEAVY!r} if m in sys.modules]\n"
    + "print(code, heavy, file=sys.stderr)"
)


@pytest.mark.parametrize("arguments", [["--help"], ["check", "compare_targets", "bad.yaml"]])
def test_help_and_check_import_nothing_heavy(command, arguments):
    import subprocess

    (command.folder / "bad.yaml").write_text(BAD)
    line = [sys.executable, "-c", PROBE, *arguments]
    found = subprocess.run(line, cwd=command.folder, capture_output=True, text=True, check=True)
    assert found.stderr.splitlines()[-1] == f"{2 if 'check' in arguments else 0} []"


@pytest.mark.parametrize(
    ("arguments", "share"),
    # 0.9 and 8.3 when it was written; a quarter more for other versions of the libraries
    [(["--help"], 1.2), (["check", "compare_targets"], 10.5)],
)
def test_help_and_check_do_little_beside_the_libraries(command, arguments, share):
    """Calls against those of importing what the commands need: their own work stays small."""
    bare = calls_of_process("import typer, pydantic, ruamel.yaml")
    program = f"from gatecontrol.cli import main; main({arguments})"
    assert bare < 1e6
    assert calls_of_process(program, command.folder) < share * bare
