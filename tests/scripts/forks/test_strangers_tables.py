"""Tables of strangers from file to result: `train.py data.source=FILE data.target=y folds.splits=3`, and no more."""

import json
import subprocess
import sys

import pytest

from configs.files.places import PROJECT

pytestmark = pytest.mark.slow
FRAMEWORKS = [pytest.param(name, marks=pytest.mark.needs(name)) for name in ("lightning", "tensorflow")]
CASES = PROJECT / "tests" / "datamodules" / "cases"


def trained(train, root, name, *words):
    return train(f"data.source={CASES / name}", "data.target=y", "folds.splits=3", *words, f"output.root={root}")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_line_of_sixty_rows_is_learned_with_the_usual_settings(train, only_run, tmp_path, framework):
    said = trained(train, tmp_path, "33_linear.csv", f"framework={framework}")
    assert said.returncode == 0, said.stderr
    metrics = json.loads(only_run(tmp_path).framework(framework).metrics.read_text())
    assert metrics["scored"]["r2"]["mean"] > 0.95


@pytest.mark.needs("lightning")
def test_a_file_as_field_workers_wrote_it_down_trains_at_the_first_try(train, only_run, tmp_path):
    words = ("data.target=Species", "framework=lightning", f"output.root={tmp_path}")
    said = train(f"data.source={CASES / 'penguins_raw.csv'}", *words)
    assert said.returncode == 0, said.stderr
    metrics = json.loads(only_run(tmp_path).framework("lightning").metrics.read_text())
    assert metrics["scored"]["accuracy"]["mean"] > 0.97
    assert "identifier: 190 different values in 344 rows" in said.stdout


@pytest.mark.needs("lightning")
def test_a_target_whose_squares_overflow_is_one_line_that_names_its_range(train, tmp_path):
    said = trained(train, tmp_path, "16_explode.csv")
    assert said.returncode == 2
    assert said.stderr.count("\n") == 1
    assert "target 'y' ranges from -2e+30 to 1e+30, and squared errors of that size overflow float32" in said.stderr


@pytest.mark.needs("lightning")
def test_a_fold_of_one_class_is_one_line_that_names_it(train, tmp_path):
    said = trained(train, tmp_path, "31_groups.csv", "folds.method=group", "folds.group=g")
    assert said.returncode == 2
    assert said.stderr.count("\n") == 1


@pytest.mark.both_rooms
def test_words_dates_and_gaps_train_in_both_frameworks_to_the_same_answer(train, only_run, tmp_path):
    names = ("08_na_label.csv", "10_dates.csv", "13_yes_blank.csv")
    for number, name in enumerate(names):
        said = trained(train, tmp_path / str(number), name, "training.max_epochs=3")
        assert (said.returncode, said.stderr) == (0, ""), name
        run = only_run(tmp_path / str(number))
        one, other = (json.loads(run.framework(each).metrics.read_text()) for each in ("lightning", "tensorflow"))
        for metric, summary in one["scored"].items():
            assert summary["mean"] == pytest.approx(other["scored"][metric]["mean"], abs=1e-3), (name, metric)


@pytest.mark.needs("lightning")
def test_new_rows_with_a_new_level_are_predicted_and_the_level_is_counted(train, only_run, tmp_path):
    said = trained(train, tmp_path / "runs", "22_train.csv", "framework=lightning", "training.max_epochs=3")
    assert said.returncode == 0, said.stderr
    new = (CASES / "22_new.csv").read_text().splitlines()
    (tmp_path / "new.csv").write_text(
        "\n".join([f"patient,{new[0]}", *(f"00{row},{one}" for row, one in enumerate(new[1:]))])
    )
    command = [
        sys.executable,
        PROJECT / "scripts" / "predict.py",
        only_run(tmp_path / "runs").root,
        tmp_path / "new.csv",
    ]
    predicted = subprocess.run([*map(str, command)], capture_output=True, text=True)
    rows = sum(one.startswith("z,") for one in new)
    told = f"column 'c' has {rows} row{'s' * (rows > 1)} with a level that training did not have: 'z'"
    assert (predicted.returncode, predicted.stderr) == (0, f"{tmp_path / 'new.csv'}: {told}\n")
    lines = predicted.stdout.splitlines()
    assert [line.split(",")[0] for line in lines] == ["patient", *(f"00{row}" for row in range(len(new) - 1))]
