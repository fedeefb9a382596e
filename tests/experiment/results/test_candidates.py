import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from configs.errors import StudyError
from configs.loading.loading import load_study
from configs.member import Member
from datamodules.folds.plan import FoldPlan, Role
from evaluation.judging.catalogue import METRICS
from evaluation.predictions import Predictions, write_predictions
from experiment.results.comparing.candidates import find_results, load_candidates, named
from experiment.results.comparing.differing import differing_settings
from experiment.results.comparing.run_names import run_names
from experiment.run.exit_codes import RunError, code_of
from experiment.run.opening import create_run
from experiment.run.run_directory import RunDirectory

pytestmark = pytest.mark.needs("lightning")

SAME = {"data_sha256": "d" * 64, "folds_sha256": "f" * 64}


@pytest.fixture
def run(tmp_path):
    """`run(name, environment, frameworks, settings)`: a finished run of two scored folds."""

    def make(name="a", environment=SAME, frameworks=("lightning",), settings=(), folds=2) -> RunDirectory:
        made = create_run(load_study(None, [f"name={name}", f"output.root={tmp_path}", *settings]))
        made.folds.touch()
        made.environment.write_text(json.dumps({"command": []} | environment))
        for framework in frameworks:
            directory = made.framework(framework)
            values = [
                {"seed": 0, "repeat": 0, "fold": n, "train_rows": 8, "scored": dict.fromkeys(METRICS["binary"], 0.9)}
                for n in range(folds)
            ]
            metrics = {
                "task": "binary",
                "folds": values,
                "failed": [],
                "thresholds": {},
                "diagnosis": {},
                "baseline": {},
            }
            directory.metrics.write_text(json.dumps(metrics))
            rows, zeros = np.arange(8, dtype=np.int32), np.zeros(8, np.int32)
            role = np.array(["scored"] * 6 + ["test"] * 2)
            logits = np.zeros((8, 1), np.float32)
            write_predictions(
                directory.predictions,
                Predictions(
                    rows, zeros, rows % 2, zeros.astype(np.int64), role, rows % 2, logits, ("0", "1"), "binary"
                ),
            )
        return made

    return make


def said(*paths: Path) -> str:
    with pytest.raises((RunError, StudyError)) as error:
        load_candidates(find_results(paths))
    assert code_of(error.value) in (2, 73)
    return str(error.value)


def test_a_run_stands_for_both_of_its_frameworks(run):
    found = find_results([run(frameworks=("lightning", "tensorflow")).root])
    assert [one.framework for one in load_candidates(found)] == ["lightning", "tensorflow"]


@pytest.mark.both_rooms
def test_one_framework_of_a_run_can_be_named(run):
    one, other = run("a", frameworks=("lightning", "tensorflow")), run("b")
    found = find_results([one.root / "tensorflow", other.root / "lightning"])
    assert [(one.root.parent.parent.name, one.name) for one in found] == [("a", "tensorflow"), ("b", "lightning")]


def test_only_scored_rows_are_compared_and_their_share_is_known(run):
    candidate = load_candidates(find_results([run("a").root, run("b").root]))[0]
    assert set(candidate.predictions.role) == {"scored"}
    assert candidate.test_train_ratio == 6 / 16
    assert candidate.values("auroc").tolist() == [0.9, 0.9]


@pytest.mark.parametrize(("key", "what"), [("data_sha256", "the data"), ("folds_sha256", "the folds")])
def test_other_data_or_other_folds_are_refused_and_the_hash_is_named(run, key, what):
    one, other = run("a"), run("b", SAME | {key: "0123456789abcdef"})
    (line,) = said(one.root, other.root).splitlines()
    assert line.startswith(f"{other.root.resolve()}: {key} is 0123456789ab")
    assert str(one.root.resolve()) in line
    assert f"{what} must be the same" in line


def test_every_run_and_every_hash_that_differs_has_its_line(run):
    others = [run(name, {"data_sha256": name, "folds_sha256": name}) for name in ("b", "c")]
    assert len(said(run("a").root, *[other.root for other in others]).splitlines()) == 4


def test_one_result_is_nothing_to_compare(run):
    assert "needs two or more" in said(run("a").root)
    same = run("b").root
    assert "each named once" in said(same, same / "lightning")


def test_what_is_no_run_or_has_no_results_is_told(run, tmp_path):
    assert "is not a run directory" in said(tmp_path, run("a").root)
    unfinished = run("b", frameworks=()).root
    assert f"finish it with train.py --resume {unfinished.resolve()}" in said(run("c").root, unfinished)


def test_a_damaged_environment_is_told(run):
    damaged = run("b")
    damaged.environment.write_text("{")
    assert f"{damaged.environment}: is damaged" in said(run("a").root, damaged.root)
    metrics = run("c").framework("lightning").metrics
    metrics.write_text("")
    assert f"{metrics}: is damaged" in said(run("a").root, metrics.parent)


def test_a_single_split_has_no_pairs(run):
    assert "fewer than two scored folds" in said(run("a", folds=1).root, run("b", folds=1).root)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ([["output.run=base"], ["output.run=wide"]], ["base", "wide"]),
        ([["name=a"], ["name=b", "model.dropout=0.5"]], ["a", "b"]),
        ([[], ["model.dropout=0.5"]], ["dropout=0.2", "dropout=0.5"]),
        ([["output.run=base"], ["model.dropout=0.5"]], ["base", "dropout=0.5"]),
        ([["output.run=x"], ["output.run=x", "seed=0", "model.dropout=0.5"]], ["x dropout=0.2", "x dropout=0.5"]),
        (
            [["model.net=mlp", "optimizer.name=sgd", "model.hidden=[2]"], ["optimizer.momentum=0"]],
            ["hidden=[2] name=sgd", "hidden=[64, 64] name=adam"],
        ),
    ],
)
def test_runs_are_named_by_label_or_study_or_what_differs_in_their_studies(run, settings, names):
    roots = [run("s", settings=own).root for own in settings]
    assert run_names(roots, differing_settings(roots, [{}] * len(roots))) == names


def test_runs_of_one_study_are_named_by_their_time_and_long_differences_are_no_name(run):
    roots = [run("s").root, run("s").root]
    assert run_names(roots, {}) == [root.name for root in roots]
    assert run_names(roots, {"a": ["x" * 61, "y"]}) == [root.name for root in roots]
    twin = roots[0].parent.parent / "other" / "s"
    shutil.copytree(roots[0].parent, twin)
    same = [roots[0], twin / roots[0].name]
    assert run_names(same, {}) == [str(root) for root in same]


def test_the_framework_is_part_of_a_name_where_there_are_several(run):
    one, other = run("a", frameworks=("lightning", "tensorflow")).root, run("b").root
    loaded = load_candidates(find_results([one, other]))
    names = {str(one.resolve()): "a", str(other.resolve()): "b"}
    assert [one.name for one in named(loaded, names)] == ["a, lightning", "a, tensorflow", "b, lightning"]
    assert [one.name for one in named([loaded[0], loaded[2]], names)] == ["a", "b"]
    assert [one.name for one in named(loaded[:2], names)] == ["lightning", "tensorflow"]


def test_where_the_same_data_lies_is_no_setting(run, tmp_path):
    (tmp_path / "d").mkdir()
    runs = [run("a", settings=[f"data.root={tmp_path / 'd'}"]).root, run("b").root]
    assert differing_settings(runs, [{}, {}]) == {}


def test_the_settings_that_differ_are_shown_with_each_runs_value(run):
    runs = [
        run("a", settings=["model.dropout=0.5", "training.early_stopping=null"]),
        run("b", settings=["training.early_stopping.patience=3", "output.tensorboard=false"]),
    ]
    assert differing_settings([one.root for one in runs], [{}, {}]) == {
        "model.dropout": ["0.5", "0.2"],
        "training.early_stopping": ["null", "{monitor: loss, patience: 3, min_delta: 0.0}"],
    }


def test_the_rule_that_a_run_was_judged_by_last_is_what_differs_and_not_its_studys(run):
    runs = [run("a").root, run("b", settings=["evaluation.threshold=youden"]).root]
    judged = [{"rule": "f1", "cost_ratio": 1.0}, {"rule": "0.5", "cost_ratio": 1.0}]
    assert differing_settings(runs, judged) == {"evaluation.threshold": ["f1", "0.5"]}
    assert differing_settings(runs, judged[:1] * 2) == {}


def test_a_framework_that_the_study_does_not_train_is_told(run):
    made = run("a", settings=["framework=lightning"])
    told = f"{made.root / 'tensorflow'}: the study does not train tensorflow; give {made.root / 'lightning'}"
    assert said(made.root / "tensorflow", made.root / "lightning") == told


def plan_of(seeds, split, splits=2):
    """Eight rows in two folds, for these seeds; the roles are drawn by `split`."""
    scored = np.random.default_rng(split).permutation(8) % splits
    roles = np.array(
        [np.where(scored == fold, Role.scored, Role.train) for fold in range(splits)] * len(seeds), np.int8
    )
    return FoldPlan(tuple(Member(seed, 0, fold) for seed in seeds for fold in range(splits)), roles)


def test_runs_of_other_seeds_are_compared_if_their_split_is_the_same(run):
    plans = {"a": plan_of([0], 1), "b": plan_of([3, 4], 1), "c": plan_of([3, 4], 2), "d": plan_of([0], 1)}
    runs = {name: run(name, SAME | {"folds_sha256": plan.digest()}) for name, plan in plans.items()}
    for name, plan in plans.items():
        plan.save(runs[name].folds)
    assert len(find_results([runs["a"].root, runs["b"].root, runs["d"].root])) == 3
    assert "the folds must be the same" in said(runs["a"].root, runs["c"].root)
    assert "the folds must be the same" in said(runs["b"].root, runs["c"].root)
    plans["a"].save(runs["c"].folds)  # of another run
    assert "the folds must be the same" in said(runs["a"].root, runs["c"].root)
    runs["b"].folds.write_bytes(b"")
    assert "the folds must be the same" in said(runs["a"].root, runs["b"].root)
