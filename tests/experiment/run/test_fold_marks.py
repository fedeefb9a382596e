import numpy as np
import pytest
from small import small

from datamodules.fold_data import fold_data
from experiment.run.marks.folds import check_marks, check_plan, fold_marks


def test_marks_are_accepted_by_the_same_folds_made_anew_and_hold_what_scales_the_inputs():
    study, folds = small("inputs.impute=median")
    marks = fold_marks(folds)
    check_marks(marks, fold_data(study), "file")
    rows = folds.rows(1)[2]
    np.testing.assert_allclose(marks["center"][2], folds.table.features[rows].mean(0, dtype=np.float64), rtol=1e-6)


def test_marks_of_other_folds_and_of_no_folds_are_refused():
    marks = fold_marks(small()[1])
    for other in (small("seed=7")[1], small()[1].subset([1, 0, 2]), small()[1].subset([0, 1])):
        with pytest.raises(ValueError, match=r"^file: is of another fold plan, .*; train with these folds"):
            check_plan(marks, other, "file")
    with pytest.raises(ValueError, match=r"^file: holds no fold plan"):
        check_plan({}, small()[1], "file")


def test_marks_of_other_input_statistics_are_refused():
    other = small("inputs.scale=none")[1]
    with pytest.raises(ValueError, match=r"^file: was trained with other input statistics \(center\)"):
        check_marks(fold_marks(small()[1]), other, "file")
    with pytest.raises(ValueError, match="other input statistics"):
        check_marks({"plan": fold_marks(other)["plan"]}, other, "file")
