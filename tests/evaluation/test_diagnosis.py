"""The rule on curves whose answer everybody sees; `tests/study/test_diagnosis.py` has real ones."""

import json

import numpy as np
import pytest

from evaluation.fits import FoldFit
from evaluation.folds.failed import LEARNT_NOTHING
from evaluation.verdicts.diagnosis import diagnose
from evaluation.verdicts.shortfalls import Item

EPOCHS = np.arange(100)
FALLING = 1.0 - 0.8 * (1 - np.exp(-EPOCHS / 10))  # from 1 to 0.2, level long before the end


def history(*folds: tuple, **extra) -> list[dict]:
    """Lines of `history.jsonl` of folds that each have (train, validation) losses; a shorter fold leaves the stack."""
    lines = []
    for epoch in range(max(len(train) for train, _ in folds)):
        active = [fold for fold, (train, _) in enumerate(folds) if epoch < len(train)]
        losses = {
            name: [None if np.isnan(value := folds[fold][curve][epoch]) else float(value) for fold in active]
            for curve, name in enumerate(("train_loss", "validation_loss"))
        }
        lines.append({"epoch": epoch, "members": [[0, 0, fold, 0] for fold in active]} | losses | extra)
    return lines


def fits(*kept: int) -> list[FoldFit]:
    return [FoldFit(0, fold, 0, epoch, 100, 80, [40, 40]) for fold, epoch in enumerate(kept)]


def verdict(train, validation, kept=None, baseline=1.0) -> str:
    train, validation = np.broadcast_arrays(train, validation)
    kept = len(train) - 1 if kept is None else kept
    return diagnose(history((train, validation)), fits(kept), "binary", baseline)["verdict"]


def climbing(start: int) -> np.ndarray:
    """A validation loss that turns round at epoch `start` and climbs by 0.01 an epoch."""
    return FALLING[np.minimum(EPOCHS, start)] + 0.01 * np.maximum(EPOCHS - start, 0)


@pytest.mark.parametrize(
    ("name", "train", "validation"),
    [
        ("underfit", 1.0 - 0.004 * EPOCHS, 1.0 - 0.004 * EPOCHS),  # both still fall
        ("underfit", 0.97 + 0 * EPOCHS, 0.98),  # level, and no better than a guess
        ("good fit", FALLING, FALLING),
        ("good fit", FALLING, FALLING + 0.1),  # a modest gap
        ("good fit", FALLING + 0.3, FALLING),  # dropout: the training loss lies above
        ("overfit", FALLING, FALLING + 0.25),  # a wide gap, level
        ("overfit", FALLING / 5 + 0.1, climbing(20)),  # validation turns round
    ],
)
def test_textbook_curves_have_the_textbooks_names(name, train, validation):
    assert verdict(train, validation) == name


def test_losses_count_in_shares_of_a_guess_so_units_do_not_matter():
    for scale in (1e-3, 1.0, 1e6):
        assert verdict(scale * FALLING, scale * (FALLING + 0.25), baseline=scale) == "overfit"
        assert verdict(scale * FALLING, scale * (FALLING + 0.15), baseline=scale) == "good fit"


@pytest.mark.parametrize("patience", [3, 5, 15, 40])
def test_the_epochs_that_early_stopping_waits_for_change_no_verdict(patience):
    """The same net, stopped after more or less patience: the weights of epoch 20 are kept, and they are fine."""
    epochs = 21 + patience
    train, validation = FALLING[:epochs], climbing(20)[:epochs]
    assert verdict(train, validation, kept=20) == "good fit"
    assert verdict(train[:21], validation[:21]) != "overfit"


def test_without_early_stopping_the_same_curves_are_overfit():
    told = diagnose(history((FALLING, climbing(20))), fits(99), "binary", 1.0)
    assert told["verdict"] == "overfit"
    assert told["evidence"]["rise"] == pytest.approx(0.79, abs=0.06)
    assert told["advice"][0].startswith("stop earlier")


def test_what_early_stopping_avoided_is_told_with_a_good_fit():
    told = diagnose(history((FALLING[:61], climbing(20)[:61])), fits(20), "binary", 1.0)
    assert told["verdict"] == "good fit"
    assert told["evidence"]["rise_avoided"] == pytest.approx(0.39, abs=0.05)
    assert "early stopping" in told["advice"][0]


def test_a_validation_loss_that_rises_together_with_the_training_loss_is_not_overfit():
    worse = FALLING + 0.15 * (EPOCHS > 80)
    assert verdict(worse, worse) == "good fit"


def test_weights_kept_before_the_lowest_validation_loss_have_not_climbed_from_it():
    """Where AUROC chose the epoch, the validation loss may go on falling: that is no overfitting."""
    rising = FALLING + 0.2 * (EPOCHS > 30)
    assert verdict(rising, FALLING, kept=15) == "good fit"


def test_noise_of_a_small_validation_part_does_not_change_the_name():
    rng = np.random.default_rng(0)
    noisy = [(FALLING, FALLING + 0.05 + rng.normal(0, 0.03, 100)) for _ in range(200)]
    told = diagnose(history(*noisy), fits(*[99] * 200), "regression", 1.0)
    assert told["evidence"]["folds"]["good fit"] >= 195


def test_the_study_has_the_verdict_of_most_of_its_folds_and_their_medians():
    good, bad = (FALLING, FALLING + 0.1), (FALLING, FALLING + 0.5)
    told = diagnose(history(good, bad, good), fits(99, 99, 99), "binary", 1.0)
    assert told["verdict"] == "good fit"
    assert told["evidence"]["folds"] == {"failed": 0, "underfit": 0, "overfit": 1, "good fit": 2, "unknown": 0}
    assert [fold["verdict"] for fold in told["folds"]] == ["good fit", "overfit", "good fit"]
    assert told["evidence"]["gap"] == pytest.approx(0.1)
    assert told["evidence"]["train_explained"] == pytest.approx(0.8, abs=1e-3)


def test_folds_that_left_the_stack_early_are_judged_by_their_own_epochs():
    told = diagnose(history((FALLING, FALLING), (FALLING[:8], FALLING[:8])), fits(99, 7), "binary", 1.0)
    assert [fold["verdict"] for fold in told["folds"]] == ["good fit", "underfit"]


@pytest.mark.parametrize(
    ("lines", "kept", "baseline", "reason"),
    [
        (history((np.where(EPOCHS == 5, np.nan, FALLING), FALLING)), 99, 1.0, "not finite in 1 of 100 epochs"),
        ([{k: v for k, v in line.items() if k != "validation_loss"} for line in history((FALLING, FALLING))], 99, 1.0,
         "no validation rows"),
        (history((FALLING[:50], FALLING[:50])), 99, 1.0, "missing in history.jsonl"),
        (history((FALLING, FALLING)), 99, 0.0, "more than one value"),
        ([], 99, 1.0, "missing in history.jsonl"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_unknown_and_says_why(lines, kept, baseline, reason):
    told = diagnose(lines, fits(kept), "binary", baseline)
    assert told["verdict"] == told["folds"][0]["verdict"] == "unknown"
    assert reason in told["folds"][0]["reason"]
    assert told["advice"] == [told["folds"][0]["reason"]]


GOOD = (FALLING, FALLING)
SHORT = Item("warning", "recall", "hardly ever predicted: 'ill'", "evaluation.threshold=f1")


@pytest.mark.parametrize("failed", [1, 4])
def test_of_a_study_with_a_failed_fold_no_good_fit_is_said(failed):
    reasons = {(0, 0, fold): "row 3 is infinite: look at it" for fold in range(failed)}
    told = diagnose(history(*[GOOD] * 5), fits(*[99] * 5), "binary", 1.0, reasons)
    assert (told["verdict"], told["curves"]) == ("doubtful", "good fit")
    assert (told["evidence"]["folds"]["failed"], told["evidence"]["folds"]["good fit"]) == (failed, 5 - failed)
    assert told["limits"] == [f"{failed} of 5 folds failed"]
    assert told["advice"][0] == f"{failed} of 5 folds: row 3 is infinite: look at it"
    assert not any("nothing has to change" in line for line in told["advice"])


def test_a_study_of_failed_folds_has_failed():
    told = diagnose(history(GOOD, GOOD), fits(-1, -1), "binary", 1.0)
    assert (told["verdict"], told["advice"][0]) == ("failed", LEARNT_NOTHING)


def test_a_class_that_is_never_predicted_or_a_metric_at_the_baseline_makes_good_curves_doubtful():
    told = diagnose(history(GOOD), fits(99), "binary", 1.0, shortfalls=[SHORT])
    assert (told["verdict"], told["limits"], told["advice"][0]) == ("doubtful", [SHORT.text], SHORT.text)
    assert not any("nothing has to change" in line for line in told["advice"])
    note = SHORT._replace(level="note")
    assert diagnose(history(GOOD), fits(99), "binary", 1.0, shortfalls=[note])["verdict"] == "good fit"
    bad = diagnose(history((FALLING, FALLING + 0.5)), fits(99), "binary", 1.0, shortfalls=[SHORT])
    assert (bad["verdict"], bad["limits"]) == ("overfit", [SHORT.text])


def test_folds_of_which_less_than_two_thirds_agree_are_no_good_fit():
    bad = (FALLING, FALLING + 0.5)
    told = diagnose(history(GOOD, GOOD, GOOD, bad, bad), fits(*[99] * 5), "binary", 1.0)
    assert (told["verdict"], told["curves"], told["agreed"]) == ("doubtful", "good fit", False)
    assert told["limits"] == ["the folds disagree"]


def test_one_epoch_is_compared_with_a_guess():
    assert verdict(np.array([0.9]), np.array([0.7])) == "underfit"


def test_it_is_json_and_its_rule_is_three_sentences_that_name_the_baseline():
    told = diagnose(history((FALLING, FALLING)), fits(99), "regression", 1.0)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["rule"].count(". ") + told["rule"].endswith(".") == 3
    assert "the mean of the target" in told["rule"]
    assert "the share of each class" in diagnose([], [], "binary", 1.0)["rule"]


def test_curves_of_two_different_losses_are_not_compared():
    told = diagnose(history((FALLING, FALLING + 5)), fits(99), "binary", 1.0, trained_with="focal")
    assert told["verdict"] == "unknown"
    assert told["advice"] == [
        "its training loss is focal, which validation rows are not measured by: look at validation alone"
    ]
