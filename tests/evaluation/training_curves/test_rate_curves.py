"""The learning rates of every fold, from the lines of `history.jsonl`."""

from evaluation.training_curves.rate_curves import rate_curves


def line(epoch, folds, rates):
    return {"epoch": epoch, "members": [[0, 0, fold, 0] for fold in folds], "learning_rate": rates}


def test_each_fold_has_the_rates_of_its_own_epochs():
    found = rate_curves([line(0, [0, 1], [0.1, 0.1]), line(1, [1], [0.05]), line(0, [2], [0.1])])
    assert {key: rates.tolist() for key, rates in found.items()} == {
        (0, 0, 0): [0.1],
        (0, 0, 1): [0.1, 0.05],
        (0, 0, 2): [0.1],
    }


def test_rates_that_never_change_and_lines_without_any_give_no_curves():
    assert rate_curves([line(0, [0, 1], [0.1, 0.1]), line(1, [0, 1], [0.1, 0.1])]) == {}
    assert rate_curves([{"epoch": 0, "members": [[0, 0, 0, 0]], "train_loss": [1.0]}]) == {}
