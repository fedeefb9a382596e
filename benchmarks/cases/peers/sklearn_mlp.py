"""Fold by fold: scikit-learn's MLPClassifier. It has no dropout, and draws its own weights and batches."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.cases.emit import case_parser, case_study, emit
from benchmarks.cases.peers.solo import Predict, SoloFold, fit_each, solo_folds
from configs.schema import Study
from datamodules.fold_data import fold_data


def fit(study: Study, fold: SoloFold) -> Predict:
    """All epochs, without scikit-learn's default weight penalty."""
    rows = np.sort(fold.orders[0])
    model = MLPClassifier(
        hidden_layer_sizes=tuple(study.model.arguments["hidden"]),
        batch_size=fold.batch_size,
        learning_rate_init=study.optimizer.learning_rate,
        alpha=0.0,
        max_iter=fold.epochs,
        tol=0.0,
        n_iter_no_change=fold.epochs + 1,
        random_state=fold.member.fold,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(fold.features[rows], fold.targets[rows])
    assert model.n_iter_ == fold.epochs
    return lambda features: model.predict_proba(features)[:, 1]


if __name__ == "__main__":
    arguments = case_parser(__doc__).parse_args()
    study = case_study(arguments.overrides)
    emit(fit_each(solo_folds(study, fold_data(study), arguments.folds), lambda fold: fit(study, fold)))
