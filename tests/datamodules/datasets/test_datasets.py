from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn import datasets

from configs.errors import StudyError
from configs.sections.data import Data
from datamodules.datasets import iris, penguins
from datamodules.reading.loading import dataset_names, load_table

BUNDLED = sorted(set(dataset_names()) - {"mnist"})


@pytest.mark.parametrize(
    ("name", "loader", "divisor"),
    [("digits", datasets.load_digits, 16), ("wine", datasets.load_wine, 1), ("iris", datasets.load_iris, 1)],
)
def test_a_bundled_table_is_scikit_learns(name, loader, divisor):
    table, bunch = load_table(Data(source=name)), loader()
    np.testing.assert_allclose(table.features, bunch.data / divisor, rtol=1e-6)
    assert table.targets.tolist() == bunch.target.tolist()


def test_malignant_is_the_positive_class_of_breast_cancer():
    table = load_table(Data(source="breast_cancer"))
    assert table.classes == ("benign", "malignant")
    assert int(table.targets.sum()) == 212
    assert table.targets.tolist() == (1 - datasets.load_breast_cancer().target).tolist()


def test_diabetes_comes_unscaled_so_that_no_statistic_has_seen_the_test_rows():
    table = load_table(Data(source="diabetes"))
    assert table.features[:3, 0].tolist() == [59, 48, 72]
    assert table.targets[:3].tolist() == [151, 75, 141]


def test_boston_housing_is_statlibs_without_the_column_black():
    table = load_table(Data(source="boston_housing"))
    assert table.features.shape == (506, 12)
    assert "black" not in table.columns
    assert round(float(table.targets.mean(dtype=np.float64)), 4) == 22.5328


def test_penguins_have_words_and_missing_values_as_polars_reads_them():
    table = load_table(Data(source="penguins"))
    frame = pl.read_csv(penguins.FILE, null_values="NA")
    assert table.features.shape == (344, 7)
    assert table.classes == ("Adelie", "Chinstrap", "Gentoo")
    assert int(np.isnan(table.features).sum()) == frame.drop("species").null_count().sum_horizontal().sum() == 19
    for index, column in enumerate(table.schema):
        values = table.features[:, index]
        if column.kind == "categorical":
            words = [None if np.isnan(code) else column.levels[int(code)] for code in values]
            assert words == frame[column.name].to_list()
        else:
            np.testing.assert_array_equal(values, frame[column.name].cast(pl.Float32).fill_null(np.nan).to_numpy())


def test_mnist_5k_has_500_images_of_each_digit_with_pixels_from_0_to_1():
    table = load_table(Data(source="mnist_5k"))
    assert np.bincount(table.targets).tolist() == [500] * 10
    assert table.features.shape == (5000, 784)
    assert (table.features.min(), table.features.max()) == (0, 1)


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_table_loads_and_has_finite_values(name):
    table = load_table(Data(source=name))
    assert table.name == name
    assert np.isfinite(table.features).all() or name == "penguins"
    assert np.isfinite(table.targets).all()


def test_a_dataset_is_a_file_and_needs_no_registry():
    folder = Path(__file__).parents[3] / "datamodules" / "datasets"
    assert dataset_names() == sorted(path.stem for path in folder.glob("[!_]*.py"))


def test_an_unknown_dataset_names_the_nearest_and_all_others():
    with pytest.raises(
        StudyError, match=r"data\.source: unknown data set 'breast_canser'; did you mean 'breast_cancer'\?.*wine"
    ):
        load_table(Data(source="breast_canser"))


def test_the_positive_class_of_a_bundled_table_can_be_chosen():
    table = load_table(Data(source="breast_cancer", positive="benign"))
    assert table.classes == ("malignant", "benign")
    assert int(table.targets.sum()) == 357


def test_a_bundled_table_refuses_another_target_and_task_and_an_unknown_group_all_at_once():
    with pytest.raises(StudyError) as caught:
        load_table(Data(source="iris", target="colour", task="regression"), group="petal_lenght")
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "data.target",
        "data.task",
        "folds.group",
    ]
    assert "did you mean 'petal_length'" in caught.value.problems[2]


def test_a_data_set_that_brings_groups_refuses_others(monkeypatch):
    groups = np.arange(150, dtype=np.int32) // 3
    monkeypatch.setattr(iris, "load", lambda root, load=iris.load: replace(load(root), groups=groups))
    assert load_table(Data(source="iris")).groups is groups
    with pytest.raises(StudyError, match=r"^folds\.group: iris has its own groups; drop the key, received 'pet"):
        load_table(Data(source="iris"), group="petal_width")


def test_a_column_of_a_bundled_table_can_become_its_groups():
    plain, table = load_table(Data(source="boston_housing")), load_table(Data(source="boston_housing"), group="rad")
    assert "rad" not in table.columns
    assert table.features.shape == (506, 11)
    np.testing.assert_array_equal(table.features, plain.features[:, [name != "rad" for name in plain.columns]])
    rad = plain.features[:, plain.columns.index("rad")]
    pairs = set(zip(rad.tolist(), table.groups.tolist(), strict=True))
    assert len(pairs) == len(np.unique(rad)) == len(np.unique(table.groups))
