"""The benchmark of a GPU, where there is none: what it needs, what it survives, and a rehearsal on the CPU."""

import json
import os
import subprocess
import sys

import pytest

from benchmarks import __main__ as command
from benchmarks import child
from benchmarks.child import run_case
from benchmarks.formulas import large_step
from benchmarks.measures import gpu
from configs.files.places import PROJECT
from configs.learners import LEARNERS
from scripts.project import NEEDED

FOREIGN = ("tensorflow", "keras", "keras_tuner", "ray", "submitit", "google_crc32c", "selenium", "hypothesis", "jinja2")
TRAINING = """
import sys
from importlib import import_module
from pathlib import Path
sys.modules.update(dict.fromkeys(sys.argv[2:]))
for name in ("gpus", "gpu", "weights", "epochs", "peaks", "memory", "stack_lightning"):
    import_module(f"benchmarks.cases.{name}")
sys.path.append("tests/reference")
from experiment.run.framework_directory import FrameworkDirectory
from small import small
study, folds = small("training.max_epochs=1")
import_module("lightning_mods.fit").fit(study, folds, FrameworkDirectory(Path(sys.argv[1])))
"""


def call(*words, **variables):
    environment = os.environ | {"PYTHONPATH": str(PROJECT)} | variables
    return subprocess.run(
        [sys.executable, *map(str, words)], cwd=PROJECT, capture_output=True, text=True, env=environment
    )


@pytest.mark.slow
@pytest.mark.both_rooms
def test_the_lightning_path_trains_without_tensorflow_and_without_what_writes_event_files(tmp_path):
    said = call("-c", TRAINING, tmp_path, *FOREIGN)
    assert said.returncode == 0, said.stderr


def test_what_the_benchmark_needs_is_what_every_study_needs_but_for_event_files_and_the_page():
    assert {*NEEDED} - {*gpu.NEEDED} == {"google_crc32c", "jinja2"}
    assert {*gpu.NEEDED} <= {*NEEDED}


def test_a_missing_package_is_one_line_with_the_cure(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules.update(dict.fromkeys(['pydantic', 'polars']))\n"
    )
    said = call("-m", "benchmarks", "gpu", PYTHONPATH=f"{tmp_path}:{PROJECT}")
    assert (said.returncode, said.stdout, said.stderr.count("\n")) == (2, "", 1)
    assert ": pydantic, polars; run `make setup`, or bring them along: pip install --target" in said.stderr


def test_without_a_gpu_every_number_is_open_and_one_line_says_so(monkeypatch, capsys):
    monkeypatch.setattr(gpu, "run_case", lambda *words, framework: {"gpus": []})
    values = gpu.measure(1)
    assert capsys.readouterr().err == "gpu: no framework sees a GPU here; its numbers are open\n"
    header, *rows = gpu.table(values)
    assert {len(row) for row in rows} == {len(header)}
    assert {cell for row in rows for cell in row[1:3]} == {"open"}


def test_a_framework_that_cannot_be_imported_is_left_out(monkeypatch, capsys):
    def fail(*words, framework):
        raise RuntimeError("it ended with 1:\nModuleNotFoundError: No module named 'tensorflow'")

    monkeypatch.setattr(gpu, "run_case", fail)
    assert gpu.measure(1, "cpu", ("tensorflow",))["tensorflow"] is None
    assert "tensorflow is left out: ModuleNotFoundError: No module named 'tensorflow'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("end", "cause"), [("raise ValueError('driver')", "1: ValueError: driver"), ("time.sleep(60)", "no end within 1 s")]
)
def test_a_case_that_dies_or_hangs_keeps_the_figures_that_it_has_printed(monkeypatch, end, cause):
    program = f'import time; print(\'{{"name": "step 10", "value": [1.0]}}\', flush=True); {end}'
    monkeypatch.setattr(child, "_command", lambda *_: [sys.executable, "-c", program])
    figures = child.run_figures("gpu", framework="lightning", timeout=1.0)
    assert figures["step 10"] == {"value": [1.0]}
    assert cause in figures["end"]["failed"]


def test_a_figure_stands_beside_its_floor_and_one_that_failed_says_so():
    peaks = {"flops": 1e12, "bytes": {"memory": 1e15}, "call_seconds": 1e-6, "by_precision": {"32": 1e12, "bf16": 4e12}}
    figures = {
        "device - cpu": {"value": 2e-13}, "step 10": {"value": [1e-4, 3e-4, 2e-4]}, "step 200": {"value": [4e-4]},
        "large bf16": {"value": [1.0]}, "large tf32": {"failed": "no"},
        "memory": {"value": {"measured": 3, "estimated": 4}},
    }  # fmt: skip
    found = {"gpus": [{"name": "H200"}, {"name": "H200"}], "figures": figures}
    rows = {row[0]: row[1:] for row in gpu.table({"lightning": found, "tensorflow": None, "peaks": peaks})}
    floor = (10_444_800 / 1e12 + 10 * 1e-6) * 1e6
    assert rows["device"][0] == "H200, one of 2"
    assert rows["step of 10 members"][:3] == [f"200 us, {200 / floor:.1f}x", "open", f"{floor:.0f} us"]
    assert rows["200 members / 10 members"][0] == "2.00"
    assert rows["GPU and CPU, float64: largest difference of a weight"][0] == "2.0e-13"
    assert rows["step of a large net on HIGGS-shaped rows, tf32"][0] == "failed"
    assert rows["memory of a member of a wide net, measured / estimated"][0] == "0.75"
    large = large_step("gpu", "bf16")
    assert rows["step of a large net on HIGGS-shaped rows, bf16"][2] == f"{(large.flops / 4e12 + 13e-6) * 1e6:.0f} us"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("room", "foreign"), [("lightning", ("keras", "tensorflow")), ("tensorflow", ("torch", "lightning"))]
)
def test_every_case_can_be_imported(room, foreign):
    words = ("torch", "lightning") if room == "lightning" else ("keras", "tensorflow")
    paths = [path for path in (PROJECT / "benchmarks" / "cases").glob("*.py") if path.stem != "__init__"]
    names = [path.stem for path in paths if not any(f"import {word}" in path.read_text() for word in foreign)]
    assert any(word in name for name in names for word in words)
    program = "import sys, importlib\nfor name in sys.argv[1:]: importlib.import_module(f'benchmarks.cases.{name}')"
    said = call("-c", program, *names)
    assert said.returncode == 0, said.stderr


@pytest.mark.slow
@pytest.mark.both_rooms
def test_a_rehearsal_on_the_cpu_measures_everything_and_keeps_nothing(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmarks", "gpu", "--cpu", "--framework", "lightning", "--repeats", "1"])
    kept, shown = [], []
    monkeypatch.setattr("benchmarks.results.save", kept.append)
    monkeypatch.setattr(command, "show", lambda name, rows: shown.append(rows))
    monkeypatch.setattr(gpu, "table", lambda values: values)
    assert command.main() == 0
    assert kept == []
    figures = shown[0]["lightning"]["figures"]
    assert {name for name, figure in figures.items() if "value" not in figure} == set(), json.dumps(figures)
    for name in ("stack - alone", "device - cpu"):
        assert figures[name]["value"] < gpu.BOUNDS["64"]
    assert figures["devices"]["value"] == 0
    for name in ("32", "tf32", "bf16"):
        assert 0 < figures[f"precision {name}"]["value"] < gpu.BOUNDS[name]
    assert figures["precision 32"]["value"] < 1e-3 < figures["precision bf16"]["value"]


@pytest.mark.slow
@pytest.mark.parametrize("framework", LEARNERS)
def test_a_member_adds_no_more_to_the_peak_of_a_training_than_was_estimated(framework):
    wide = ("model.hidden=[1000, 1000]", "training.max_epochs=2", "output.tensorboard=false", "--rows", 2000)
    few, many = (run_case("memory", *wide, "--framework", framework, "--folds", *range(size), framework=framework)
                 for size in (2, 6))  # fmt: skip
    measured = (many["training_peak_mib"] - few["training_peak_mib"]) / 4
    assert measured <= few["member_mib"] <= 8 * measured
