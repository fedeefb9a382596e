"""Three small studies of the same data, trained: each is what its name says."""

import json

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression

from configs.loading.loading import load_study
from configs.loading.settings import FOLDER
from datamodules.fold_data import fold_data
from datamodules.folds.plan import Role

STUDIES = {"underfit": "underfit", "good_fit": "good fit", "overfit": "overfit"}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=STUDIES)
def trained(request, train, only_run, tmp_path_factory):
    """Name of the study, and its metrics in one framework; the frameworks take turns."""
    name, root = request.param, tmp_path_factory.mktemp(request.param)
    framework = "tensorflow" if name == "overfit" else "lightning"
    said = train(f"configs/{name}.yaml", f"framework={framework}", f"output.root={root}", "output.tensorboard=false")
    assert (said.returncode, said.stderr) == (0, "")
    return name, json.loads(only_run(root).framework(framework).metrics.read_text())


def test_each_study_is_what_its_name_says(trained):
    name, metrics = trained
    assert metrics["diagnosis"]["verdict"] == STUDIES[name]
    assert metrics["diagnosis"]["evidence"]["folds"][STUDIES[name]] >= 8


def test_the_curves_tell_what_the_scored_rows_confirm(trained):
    """Least squares on the same rows is hard to beat here: a good fit comes near it, the other two do not."""
    name, metrics = trained
    folds = fold_data(load_study(FOLDER / f"{name}.yaml", []))
    linear = []
    for member in range(len(folds.members)):
        seen, scored = (folds.plan.rows_of(member, role) for role in (Role.train, Role.scored))
        x, y = folds.table.features, folds.table.targets
        linear.append(LinearRegression().fit(x[seen], y[seen]).score(x[scored], y[scored]))
        assert DummyRegressor().fit(x[seen], y[seen]).score(x[scored], y[scored]) <= 0
    short = np.mean(linear) - metrics["scored"]["r2"]["mean"]
    assert short < 0.05 if name == "good_fit" else short > 0.15


def test_they_are_studies_of_the_same_rows():
    digests = {fold_data(load_study(FOLDER / f"{name}.yaml", [])).plan.digest() for name in STUDIES}
    assert len(digests) == 1
