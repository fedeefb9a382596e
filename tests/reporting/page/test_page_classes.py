"""Many classes on the page: a table of each class, a heat map, and averages that are named."""

import re
from dataclasses import replace

import numpy as np
import pytest
from imagined import RECORD, TIMING, history_of
from pages import read_page, tables, text
from sklearn.metrics import classification_report

from reporting.page.part import Part
from reporting.page.report import HTML, reports

MANY = 15


@pytest.fixture
def page_of(imagine, judged):
    """`page_of(predictions, fits)` -> the page of one framework."""

    def make(predictions, fits):
        metrics = judged(predictions, fits, timing=TIMING)
        return read_page(reports({"lightning": Part(metrics, predictions, history_of(fits))}, RECORD)[HTML])

    return make


def many_classes(predictions, classes=MANY):
    """The same rows with `classes` classes."""
    rng = np.random.default_rng(3)
    target = (predictions.row % classes).astype(np.int32)
    logits = (2.5 * np.eye(classes)[target] + rng.normal(size=(len(target), classes))).astype(np.float32)
    return replace(predictions, target=target, logits=logits, classes=tuple(f"class {n}" for n in range(classes)))


def test_the_table_of_each_class_is_scikit_learns_report(imagine, page_of):
    predictions, fits = imagine("multiclass", rows=300)
    shown = tables(page_of(predictions, fits))["Each class, lightning"]
    scored = predictions.of_role("scored")
    report = classification_report(
        scored.target, scored.logits.argmax(axis=1), target_names=scored.classes, output_dict=True
    )
    names = {"macro average": "macro avg", "weighted average": "weighted avg"}
    assert list(shown) == [*scored.classes, *names]
    for name, cells in shown.items():
        expected = report[names.get(name, name)]
        assert cells[:3] == [f"{expected[metric]:.4f}" for metric in ("precision", "recall", "f1-score")]
        assert int(cells[3].replace(",", "")) == expected["support"]


def test_the_support_counts_a_row_once_however_often_the_folds_are_repeated(imagine, page_of):
    predictions, fits = imagine("multiclass", repeats=2)
    shown = tables(page_of(predictions, fits))["Each class, lightning"]
    assert shown["macro average"][3] == "80"


def test_the_averages_over_classes_are_named(imagine, page_of):
    page = page_of(*imagine("multiclass"))
    headings = set(tables(page)["Results, pooled out-of-fold rows"])
    assert headings == {"macro AUROC", "macro F1", "accuracy"}
    assert "macro recall" in tables(page)["Mean of 4 folds"]
    assert not any(re.search("macro", heading) for heading in tables(page_of(*imagine()))["Mean of 4 folds"])


def test_of_many_classes_the_confusion_matrix_is_a_heat_map(imagine, page_of):
    predictions, fits = imagine("multiclass", rows=900, tested=0)
    predictions = many_classes(predictions)
    fits = [fit._replace(train_targets=np.bincount(predictions.target, minlength=MANY).tolist()) for fit in fits]
    page = page_of(predictions, fits)
    [heat] = [one for one in page.iter("svg") if one.get("aria-label").startswith("Confusion matrix")]
    hits = predictions.of_role("scored")
    right = int((hits.logits.argmax(axis=1) == hits.target).sum())
    assert f"{right:,} of {len(hits.row):,} predictions are correct" in heat.get("aria-label")
    assert heat.find(".//image") is None
    cells = len({(a, b) for a, b in zip(hits.target.tolist(), hits.logits.argmax(axis=1).tolist(), strict=True)})
    shades = [one for one in heat.iter() if "fill-opacity" in (one.get("style") or "") or
              "var(--blue)" in (one.get("style") or "")]  # fmt: skip
    assert len(shades) >= cells
    assert len(tables(page)["Each class, lightning"]) == MANY + 2
    assert "Most frequent confusions, lightning" in tables(page)
    assert "class 14" in text(heat)
