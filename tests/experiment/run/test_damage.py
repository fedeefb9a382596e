"""Every file of a run, damaged in every way: one line for each cause, no raw error, and nothing wrong believed."""

import os
import shutil

import pytest
from small import small

from experiment import conduct as story
from experiment.conduct import conduct, prepare
from experiment.nets.networks import load_networks
from experiment.results.comparing.candidates import find_results, load_candidates, results_of
from experiment.results.judging import read_metrics
from experiment.run.exit_codes import code_of, describe
from experiment.run.opening import open_run
from experiment.run.run_directory import RunDirectory

pytestmark = pytest.mark.needs("lightning")

WAYS = {
    "a flipped bit": lambda path, other: flip(path),
    "cut in half": lambda path, other: path.write_bytes(path.read_bytes()[: len(path.read_bytes()) // 2]),
    "gone": lambda path, other: path.unlink(),
    "other JSON": lambda path, other: path.write_text("[]\n"),
    "a folder": lambda path, other: (path.unlink(), path.mkdir()),
    "a pipe": lambda path, other: (path.unlink(), os.mkfifo(path)),
    "another run's": lambda path, other: shutil.copy(other, path),
}
READ = {
    "predict": ("study.yaml", "environment.json", "lightning/metrics.json", "lightning/fits.json",
                "lightning/weights.safetensors"),
    "compare": ("study.yaml", "environment.json", "lightning/metrics.json", "lightning/fits.json",
                "lightning/predictions.parquet"),
    "resume": ("study.yaml", "environment.json", "folds.npz", "lightning/fits.json", "lightning/weights.safetensors",
               "lightning/predictions.parquet", "lightning/validation.parquet", "lightning/history.jsonl"),
    "interrupted": ("study.yaml", "environment.json", "folds.npz", "lightning/history.jsonl",
                    "lightning/checkpoints/part_0000.safetensors",
                    "lightning/checkpoints/part_0001_epoch_000001.safetensors"),
}  # fmt: skip
MADE_ANEW = {"lightning/fits.json", "lightning/history.jsonl"}


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(bytes(content))


def predict(run, same):
    (directory,) = results_of(run.root, needed=("study",))
    return load_networks(directory), read_metrics(directory)


def compare(run, same):
    return load_candidates(find_results([run.root, same.root]))


def resume(run, same):
    outcome = conduct(open_run(run.root))
    return outcome.exit_code, {name: metrics["folds"] for name, metrics in outcome.metrics.items()}


ACTS = {"predict": predict, "compare": compare, "resume": resume, "interrupted": resume}


@pytest.fixture
def runs(tmp_path, frameworks, pretend):
    """`runs(interrupted)`: a run, one that is the same, and one of another seed."""

    def stop(epoch, session):
        if (session.members[0].fold, epoch) == (2, 1):
            session.interrupts.received = 15

    def make(interrupted):
        made = []
        for seed in (0, 1):
            settings = (f"output.root={tmp_path}", "framework=lightning", f"seed={seed}", "folds.splits=4")
            made.append(prepare(small(*settings, "stack.size=2")[0], ["train.py"]))
            frameworks(lightning=pretend(after_epoch=stop if interrupted else None))
            conduct(made[-1])
        same = RunDirectory(shutil.copytree(made[0].root, tmp_path / "same"))
        return made[0], same, made[1]

    return make


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("act", ACTS)
def test_a_damaged_file_is_one_line_or_does_no_harm(runs, frameworks, monkeypatch, capsys, tmp_path, act):
    monkeypatch.setattr(story, "write_report", lambda *_: None)
    whole, same, other = runs(act == "interrupted")
    frameworks()
    expected = ACTS[act](RunDirectory(shutil.copytree(whole.root, tmp_path / "whole")), same)
    capsys.readouterr()
    for name in READ[act]:
        for way, spoil in WAYS.items():
            run = RunDirectory(shutil.copytree(whole.root, tmp_path / f"{act}_{name.replace('/', '_')}_{way}"))
            spoil(run.root / name, other.root / name)
            code, told = 0, ""
            try:
                found = ACTS[act](run, same)
                code = found[0] if act in ("resume", "interrupted") else 0
            except Exception as error:
                code, told = code_of(error), describe(error)
            told += capsys.readouterr().err
            where = f"{name}: {way}: {code}: {told}"
            assert code in (0, 2, 73, 74), where
            assert "--debug" not in told, where
            if code:
                assert told.strip().count("\n") == 0, where
                assert str(run.root) in told, where
            else:
                assert act == "interrupted" or name in MADE_ANEW or (name, way) == ("environment.json", "gone"), where
                assert act not in ("resume", "interrupted") or found == expected, where
