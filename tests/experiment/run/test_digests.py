"""A file of a finished run is the one that its training wrote, or is told."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from small import small

from configs.errors import StudyError
from datamodules.fold_data import fold_data
from evaluation.predictions import read_predictions, write_predictions
from experiment.conduct import prepare
from experiment.nets.networks import load_networks
from experiment.results.comparing.candidates import load_candidates
from experiment.results.judging import judge, judge_again, read_metrics
from experiment.run.files.digests import unverified
from experiment.run.run_directory import RunDirectory
from experiment.training.child import train
from experiment.training.fitting import fit_stacks

pytestmark = pytest.mark.needs("lightning")


def study_of(directory):
    return RunDirectory(directory.root.parent).load_study()


def judged(directory):
    return judge(study_of(directory), directory)


def judged_again(directory):
    return judge_again(study_of(directory), directory)


def compared(directory):
    return load_candidates([directory, directory])


READERS = {
    "weights": (load_networks, judged),
    "predictions": (compared, judged, judged_again),
    "validation": (judged_again, judged),
    "history": (judged_again, judged),
}


@pytest.fixture
def finish(tmp_path, pretend):
    """`finish(*overrides)`: a framework's finished part of a run."""

    def make(*overrides):
        study, _ = small(f"output.root={tmp_path}", "framework=lightning", *overrides)
        run = prepare(study, ["train.py"])
        train(lambda *parts: fit_stacks(*parts, pretend()), study, fold_data(study), run.framework("lightning"))
        judge(study, run.framework("lightning"))
        return run.framework("lightning")

    return make


def said(read, directory):
    with pytest.raises(StudyError) as error:
        read(directory)
    return str(error.value)


@pytest.mark.parametrize("name", READERS)
def test_a_flipped_bit_a_missing_end_and_the_file_of_another_run_are_told_by_every_reader(finish, name):
    directory, other = finish(), finish("seed=1")
    path = getattr(directory, name)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[-1 if name != "history" else 10] ^= 1
    for content in (bytes(flipped), whole[:-1], whole + b"\n", getattr(other, name).read_bytes()):
        path.write_bytes(content)
        for read in READERS[name]:
            told = said(read, directory)
            assert told.startswith(f"{path}: is damaged, or of another run: fits.json has another SHA-256 of it; put ")
            assert told.endswith(f"train the study again: python scripts/train.py {directory.root.parent}/study.yaml")
            assert len(told.splitlines()) == 1
    path.unlink()
    for read in READERS[name]:
        assert f"{path}: " in said(read, directory)
    path.write_bytes(whole)
    for read in READERS[name]:
        read(directory)


def test_weights_that_are_whole_by_themselves_are_told_where_they_are_not_those_of_the_training(finish):
    directory = finish()
    content = directory.weights.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    arrays = load_file(directory.weights)
    arrays["output.kernel"][0] += 1
    save_file(arrays, directory.weights, header["__metadata__"])
    assert "is damaged, or of another run" in said(load_networks, directory)


@pytest.mark.parametrize("name", ["fits", "metrics"])
def test_a_changed_number_in_json_is_told(finish, name):
    directory = finish()
    path = getattr(directory, name)
    values = json.loads(path.read_text())
    (values["members"] if name == "fits" else values["folds"])[0]["train_rows"] += 1
    path.write_text(json.dumps(values))
    assert f"{path}: is damaged (its digest is another one); " in said(load_networks, directory)


def test_metrics_of_another_training_are_told(finish):
    directory, other = finish(), finish("seed=1")
    directory.metrics.write_bytes(other.metrics.read_bytes())
    assert f"{directory.metrics}: is of another training than fits.json; re-evaluate the run: " in said(
        read_metrics, directory
    )
    judge_again(study_of(directory), directory)
    load_networks(directory)


@pytest.mark.parametrize(("ours", "another"), [("activation: relu", "activation: tanh"), ("seed: 0", "seed: 1")])
def test_a_study_whose_weights_would_be_others_is_told_and_how_it_is_judged_is_free(finish, ours, another):
    directory = finish()
    run = RunDirectory(directory.root.parent)
    text = run.study.read_text()
    run.study.write_text(text.replace(ours, another))
    told = said(load_networks, directory)
    assert (
        f"{run.study}: is not the study that this run was begun with: what its weights depend on is another; " in told
    )
    run.study.write_text(text.replace("threshold: 0.5", "threshold: 0.7").replace("engine: auto", "engine: eager"))
    assert load_networks(directory).study.evaluation.threshold == 0.7


def test_a_run_of_version_0_1_is_read_and_a_line_says_that_it_is_not_verified(finish):
    directory = finish()
    assert unverified([directory]) == []
    for path in (directory.fits, directory.metrics):
        values = json.loads(path.read_text())
        path.write_text(json.dumps({name: values[name] for name in values.keys() - {"files", "digest", "fits_digest"}}))
    load_networks(directory)
    judge_again(study_of(directory), directory)
    (line,) = unverified([directory])
    cause = "version 0.1 wrote no digests"
    assert line == f"{directory.root.parent}: weights and predictions of {directory.name} are not verified ({cause})"


FORGED = {
    "a role that is none": {"role": "trained"},
    "a class that is none": {"target": 2},
    "a negative row": {"row": -1},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED.keys())
def test_predictions_that_nothing_could_be_computed_of_are_told(finish, change):
    directory = finish()
    found = read_predictions(directory.predictions)
    for name, value in change.items():
        column = getattr(found, name).astype("U9" if name == "role" else np.int32)
        column[0] = value
        object.__setattr__(found, name, column)
    write_predictions(directory.predictions, found)
    assert "not a whole predictions file" in said(lambda one: read_predictions(one.predictions), directory)
