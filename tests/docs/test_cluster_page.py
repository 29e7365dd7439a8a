"""The cluster page's scripts: the job array as Slurm runs it, and options that exist."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gatecontrol
from gatecontrol.experiment.shards import Shard

PAGE = (Path(__file__).parents[2] / "docs" / "cluster.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_array_script_runs_each_part_once(tmp_path):
    (script,) = [b for b in blocks("bash") if b.startswith("#!")]
    count = int(re.search(r"--array=1-(\d+)", script)[1])
    (tmp_path / "gatecontrol").write_text('#!/bin/bash\necho "$GATECONTROL_CACHE_DIR|$*"\n')
    (tmp_path / "gatecontrol").chmod(0o755)
    (tmp_path / "job.sh").write_text(script)
    parts = []
    for number in (1, count):
        environment = {
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "SLURM_ARRAY_TASK_ID": str(number),
            "SLURM_ARRAY_TASK_COUNT": str(count),
            "TMPDIR": "/scratch",
            "USER": "ada",
        }
        done = subprocess.run(
            ["bash", "-eu", "job.sh"],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        cache, line = done.stdout.strip().split("|")
        assert cache == "/scratch/gatecontrol-ada"
        command, _, shard = line.rpartition(" --shard ")
        assert command == "run sweep.yaml --yes"
        parts.append(Shard.parse(shard))
    assert parts == [Shard(1, count), Shard(count, count)]


@pytest.mark.parametrize("name", ["run", "merge"])
def test_options_of_the_page_exist(name):
    help_text = subprocess.run(
        [sys.executable, "-m", "gatecontrol", name, "--help"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    lines = [ln.split("#")[0] for b in blocks("bash") for ln in b.splitlines()]
    used = {o for ln in lines if f"gatecontrol {name} " in ln for o in re.findall(r"--[a-z]+", ln)}
    assert used or name == "merge"
    for option in used:
        assert option in help_text, option


def test_the_python_example_calls_what_exists():
    (code,) = blocks("python")
    calls = {
        ast.unparse(node.func): [k.arg for k in node.keywords]
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call)
    }
    assert set(calls) == {"SLURMCluster", "cluster.adapt", "gatecontrol.run"}
    import inspect

    assert set(calls["gatecontrol.run"]) <= set(inspect.signature(gatecontrol.run).parameters)
