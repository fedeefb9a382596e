"""`evaluate.py --explain` of linear networks, against scikit-learn's model with the same weights and permutations."""

import argparse
from importlib import import_module
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from small import small

from datamodules.permuting import permuted_rows
from experiment.conduct import prepare
from experiment.nets.importance import THOROUGH
from experiment.results.explaining import explain
from experiment.results.importance import read_importance
from experiment.results.re_evaluating import judge_run
from experiment.run.exit_codes import DONE
from experiment.training.saving import keep_results, keep_weights
from scripts.commands import evaluate as evaluating

SCORES = {"auroc": roc_auc_score, "loss": lambda targets, positive: -log_loss(targets, positive)}


def assert_explained(root: Path, learner: str, monkeypatch, capsys) -> None:
    """The drop of every fold and column, in `importance.json`, in the printed table and on the page."""
    given = (f"output.root={root}", f"framework={learner}", "model.hidden=[]", "training.max_epochs=20")
    study, folds = small(*given)
    run = prepare(study, ["train.py"], folds)
    directory = run.framework(learner)
    room = {"lightning": "lightning_mods", "tensorflow": "tf_models"}[learner]
    result = import_module(f"{room}.fit").fit(study, folds, directory)
    keep_weights(result, folds, directory)
    keep_results(result, folds, directory)
    judge_run(run)
    assert "Permutation importance" not in (run.root / "report.html").read_text()

    here = lambda run, overrides, debug: explain(run.framework(learner), overrides) or DONE  # noqa: E731
    monkeypatch.setattr(evaluating, "explain_run", here)
    words = argparse.Namespace(runs=[run.root], overrides=[], explain=True, figures=None, format="pdf", debug=True)
    assert evaluating.run_evaluation(words) == DONE
    printed = capsys.readouterr().out

    told = read_importance(directory)
    assert (told["repeats"], told["rows"], told["metrics"]) == (10, "scored", ["auroc", "loss"])
    found = {one["column"]: one for one in told["columns"]}
    orders = permuted_rows(folds, told["repeats"], THOROUGH.rows)
    for fold in range(len(folds.members)):
        expected = _drops(_as_sklearn(result, folds, fold), folds, orders, fold)
        for metric, columns in expected.items():
            ours = [found[name][metric]["folds"][fold] for name in folds.table.columns]
            least = 3 * _pair(folds, fold) / told["repeats"] if metric == "auroc" else 1e-5
            np.testing.assert_allclose(ours, columns, rtol=1e-4, atol=least, err_msg=f"{metric} of fold {fold}")
    best = told["columns"][0]
    assert best["auroc"]["mean"] == max(one["auroc"]["mean"] for one in told["columns"]) > 0.001
    assert "importance: drop in AUROC" in printed
    line = next(line for line in printed.splitlines() if line.split()[:1] == [best["column"]])
    assert f"{best['auroc']['mean']:.4f} ({best['auroc']['low']:.4f}, {best['auroc']['high']:.4f})" in line
    assert "mean over 3 folds and 10 permutations of each column, scored rows" in printed
    assert "Permutation importance" in (run.root / "report.html").read_text()


def _pair(folds, fold) -> float:
    """The smallest change of the AUROC of a fold: rounding may change the order of a pair of rows or two."""
    targets = folds.table.targets[folds.plan.rows_of(fold, 3)]
    return 1.0 / (targets.sum() * (len(targets) - targets.sum()))


def _as_sklearn(result, folds, fold) -> LogisticRegression:
    """scikit-learn's logistic regression with the weights of a fold's linear network, of raw columns."""
    model, kernel = LogisticRegression(), result.weights["output.kernel"][fold, :, 0]
    center, scale = folds.statistics.center[fold], folds.statistics.scale[fold]
    model.classes_ = np.array([0, 1])
    model.coef_ = (kernel / scale)[None]
    model.intercept_ = result.weights["output.bias"][fold] - (kernel * center / scale).sum()
    return model


def _drops(model, folds, orders, fold) -> dict[str, np.ndarray]:
    """Of each metric and column: the score of the rows less the mean score with the column permuted."""
    features, targets = folds.table.features.astype(np.float64), folds.table.targets
    rows, found = orders.rows[fold], {name: [] for name in SCORES}
    for column in range(features.shape[1]):
        permuted = np.repeat(features[rows][None], len(orders.orders[fold]), axis=0)
        permuted[:, :, column] = features[orders.orders[fold], column]
        positive = [model.predict_proba(own)[:, 1] for own in [features[rows], *permuted]]
        for name, score in SCORES.items():
            as_it_is, *others = [score(targets[rows], own) for own in positive]
            found[name].append(as_it_is - np.mean(others))
    return {name: np.array(drops) for name, drops in found.items()}
