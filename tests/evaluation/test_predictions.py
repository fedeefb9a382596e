import os

import numpy as np
import polars
import pytest
from scipy.special import expit, softmax

from configs.errors import StudyError
from evaluation.predictions import read_predictions, write_predictions

FIELDS = ("row", "repeat", "fold", "seed", "role", "target", "logits")


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_what_was_written_is_read_again(imagine, task, tmp_path):
    predictions, _ = imagine(task, repeats=2)
    write_predictions(tmp_path / "predictions.parquet", predictions)
    again = read_predictions(tmp_path / "predictions.parquet")
    for name in FIELDS:
        written, read = getattr(predictions.in_order(), name), getattr(again, name)
        np.testing.assert_array_equal(read, written)
        assert read.dtype == written.dtype
    assert (again.task, again.classes) == (predictions.task, predictions.classes)


def test_the_file_is_sorted_by_repeat_fold_and_row(imagine, tmp_path):
    predictions, _ = imagine(repeats=2)
    assert np.any(np.diff(predictions.row[predictions.fold == 0]) < 0)
    write_predictions(tmp_path / "p.parquet", predictions)
    keys = polars.read_parquet(tmp_path / "p.parquet").select("repeat", "fold", "row")
    assert keys.equals(keys.sort("repeat", "fold", "row"))


def test_a_binary_file_has_one_logit_and_one_probability_of_the_positive_class(imagine, tmp_path):
    write_predictions(tmp_path / "p.parquet", imagine("binary")[0])
    table = polars.read_parquet(tmp_path / "p.parquet")
    assert table.columns == [
        "row",
        "repeat",
        "fold",
        "seed",
        "role",
        "target",
        "logit_malignant",
        "probability_malignant",
    ]
    np.testing.assert_allclose(table["probability_malignant"], expit(table["logit_malignant"]), rtol=1e-6)
    assert table.schema["logit_malignant"] == table.schema["probability_malignant"] == polars.Float32
    assert table.schema["role"] == polars.String


def test_a_multiclass_file_has_both_of_every_class(imagine, tmp_path):
    write_predictions(tmp_path / "p.parquet", imagine("multiclass")[0])
    table = polars.read_parquet(tmp_path / "p.parquet")
    logits = table.select("^logit_.*$").to_numpy()
    np.testing.assert_allclose(table.select("^probability_.*$").to_numpy(), softmax(logits, axis=1), rtol=1e-5)
    assert [name.removeprefix("logit_") for name in table.columns if "logit" in name] == [
        "setosa",
        "versicolor",
        "virginica",
    ]


def test_a_regression_file_has_the_prediction(imagine, tmp_path):
    write_predictions(tmp_path / "p.parquet", imagine("regression")[0])
    assert polars.read_parquet(tmp_path / "p.parquet").columns[-2:] == ["target", "prediction"]


def test_a_large_seed_survives(imagine, tmp_path):
    predictions, _ = imagine()
    predictions.seed[:] = 2**40
    write_predictions(tmp_path / "p.parquet", predictions)
    assert read_predictions(tmp_path / "p.parquet").members()[0] == (2**40, 0, 0)


def test_the_rows_of_a_member_keep_their_order_wherever_they_lie(imagine):
    predictions, _ = imagine(repeats=2)
    mixed = predictions.select_at(np.random.default_rng(0).permutation(len(predictions.row)))
    assert mixed.members() == [(0, repeat, fold) for repeat in range(2) for fold in range(4)]
    for seed, repeat, fold in mixed.members():
        mine = mixed.select((mixed.repeat == repeat) & (mixed.fold == fold))
        for name in FIELDS:
            np.testing.assert_array_equal(getattr(mixed.of_member(seed, repeat, fold), name), getattr(mine, name))
    np.testing.assert_array_equal(
        mixed.per_row({key: 10 * key[1] + key[2] for key in mixed.members()}), 10 * mixed.repeat + mixed.fold
    )
    assert len(mixed.of_member(1, 0, 0).row) == 0


def test_nothing_has_no_members(imagine):
    nothing = imagine()[0].of_role("nobody")
    assert nothing.members() == []
    assert len(nothing.per_row({})) == len(nothing.of_member(0, 0, 0).row) == len(nothing.of_finite_members().row) == 0


def test_a_missing_file_is_an_error_for_a_person(tmp_path):
    with pytest.raises(StudyError, match=r"p\.parquet: no such file"):
        read_predictions(tmp_path / "p.parquet")


def test_every_flipped_byte_and_every_cut_is_noticed_or_harmless(imagine, tmp_path):
    path = tmp_path / "p.parquet"
    predictions, _ = imagine()
    write_predictions(path, predictions)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    damaged = [whole[:size] for size in (0, 3, len(whole) // 2, len(whole) - 1)]
    for place in rng.integers(0, len(whole), 100):
        damaged.append(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
    noticed = 0
    for content in damaged:
        path.write_bytes(content)
        try:
            logits = read_predictions(path).logits
        except StudyError:
            noticed += 1
        else:
            np.testing.assert_array_equal(logits, predictions.in_order().logits)
    assert noticed >= 50


def test_a_parquet_file_of_somebody_else_is_refused(tmp_path):
    polars.DataFrame({"row": [1]}).write_parquet(tmp_path / "p.parquet")
    with pytest.raises(StudyError, match="not a whole predictions file"):
        read_predictions(tmp_path / "p.parquet")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(imagine, tmp_path, monkeypatch):
    path = tmp_path / "p.parquet"
    write_predictions(path, imagine(folds=2)[0])
    old = path.read_bytes()

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_predictions(path, imagine(folds=4)[0])
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def full_disk(descriptor):
    raise OSError(28, "No space left on device")


def test_on_a_full_disk_the_old_predictions_stay_whole(imagine, tmp_path, monkeypatch):
    path = tmp_path / "p.parquet"
    write_predictions(path, imagine(folds=2)[0])
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left") as error:
        write_predictions(path, imagine(folds=4)[0])
    assert error.value.filename == str(path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == before
