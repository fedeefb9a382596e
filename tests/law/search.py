"""The trials of a search, and the study of each trained alone.

Usage: python tests/law/search.py FRAMEWORK OUT.npz key=value ...
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
from trajectory import FITS

from configs.loading.loading import load_study
from configs.search.space import study_at
from datamodules.fold_data import fold_data
from evaluation.search.trial import Trial
from experiment.run.framework_directory import FrameworkDirectory
from experiment.search import conducting
from experiment.search.objectives import objectives
from experiment.search.outcomes import finished
from experiment.search.stacks import Trained
from experiment.search.trials_file import read_trials, trials_file
from experiment.training.workers.several import in_turn

sys.path.append(str(Path(__file__).parents[1] / "reference"))
from searching import Listed

RATE, CLIP, HIDDEN, COLUMNS = "optimizer.learning_rate", "optimizer.clip_norm", "model.hidden", "inputs.select"
STOPPING, EPOCHS = "training.early_stopping", "training.max_epochs"
ENQUEUED = (
    {RATE: 0.02, "model.dropout": 0.4, CLIP: 0.3},
    {RATE: 0.05, f"{STOPPING}.patience": 1, f"{STOPPING}.min_delta": 0.02},
    {EPOCHS: 4, "optimizer.schedule": "cosine", "optimizer.weight_decay": 0.02},
    {HIDDEN: [6, 4]},
    {COLUMNS: 5, RATE: 0.03},
)
OF_FOLDS = (({RATE: 0.03}, {EPOCHS: 5}), ({RATE: 0.04, "model.dropout": 0.1}, {CLIP: 0.1}), ({RATE: 0.06}, {}))
"""What an oracle of each fold proposes: trials of one fold."""
SPACE = {
    RATE: {"low": 0.001, "high": 0.9}, "model.dropout": {"low": 0.0, "high": 0.5}, CLIP: {"low": 0.1, "high": 1.0},
    f"{STOPPING}.patience": [1, 3], f"{STOPPING}.min_delta": [0.0, 0.02], EPOCHS: {"low": 4, "high": 7},
    "optimizer.schedule": ["constant", "cosine"], "optimizer.weight_decay": {"low": 0.0, "high": 0.1},
    HIDDEN: [[8], [6, 4]], COLUMNS: ["none", 5],
}  # fmt: skip
SEARCH = {"space": SPACE, "oracle": "bayesian", "enqueue": [*ENQUEUED]}
STUDY = (
    "folds.splits=3", "training.max_epochs=7", "training.early_stopping={patience: 3}", f"{RATE}=0.01",
    "model.dropout=0.2", f"{HIDDEN}=[8]", "baselines=[]", f"search={json.dumps(SEARCH)}",
)  # fmt: skip


def together_and_alone(framework: str, overrides: Sequence[str]) -> dict[str, np.ndarray]:
    """Objectives, best epochs and logits of each trial in its search, and of its study alone."""
    study, fit = load_study(None, [*STUDY, *overrides]), import_module(FITS[framework]).fit
    folds, seen = fold_data(study), {}

    def noted(trained: Trained, objective: str) -> Trial:
        seen[trained.candidate.setting.number] = trained
        return finished(trained, objective)

    conducting.finished = noted
    found: dict[str, np.ndarray] = {}
    with tempfile.TemporaryDirectory() as folder:
        directory = FrameworkDirectory(Path(folder) / framework)
        directory.root.mkdir()
        oracles = iter([Listed(own) for own in OF_FOLDS])
        assert conducting.search(in_turn(fit), study, folds, directory, lambda *_: next(oracles)) == 0
        trials = read_trials(trials_file(directory))
    for trial in trials:
        own = study_at(study, trial.values)
        data = fold_data(own, folds.plan, folds.table)
        with tempfile.TemporaryDirectory() as folder:
            alone = fit(own, data, FrameworkDirectory(Path(folder)))
        values = objectives("loss", alone.logits, data)
        members = [*trial.members]
        found |= {
            f"{trial.number} members": np.array(members),
            f"{trial.number} objective, together": np.array(trial.objective, np.float64),
            f"{trial.number} objective, alone": np.array(values, np.float64)[members],
            f"{trial.number} epochs, together": np.array([trial.epochs, trial.best_epoch]),
            f"{trial.number} epochs, alone": np.stack([alone.epochs, alone.best_epoch])[:, members],
        }
        for place, member in enumerate(members):
            logits = seen[trial.number].result.logits[place]
            found |= {f"{trial.number} logits {place}, together": logits}
            found |= {f"{trial.number} logits {place}, alone": alone.logits[member]}
    return found


if __name__ == "__main__":
    framework, out, *overrides = sys.argv[1:]
    np.savez(out, **together_and_alone(framework, overrides))
