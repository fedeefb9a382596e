"""A real search over labels that nothing predicts: its outer score is that of chance, its inner mean is not."""

import json

import numpy as np
import pytest
from scipy.stats import sem

from configs.learners import offered
from scripts.tune import main

pytestmark = pytest.mark.slow
STUDY = """
name: noise
framework: {framework}
baselines: []
data: {{source: {source}, target: y}}
folds: {{splits: 10, test_fraction: 0, validation_fraction: 0.2}}
training: {{max_epochs: 12}}
model: {{hidden: [8]}}
output: {{root: {root}, tensorboard: false}}
search:
  objective: auroc
  trials: 50
  space:
    optimizer.learning_rate: {{low: 1.0e-3, high: 1.0e-1, log: true}}
    model.dropout: {{low: 0.0, high: 0.6}}
    optimizer.weight_decay: {{low: 1.0e-6, high: 1.0e-1, log: true}}
"""


def test_fifty_trials_on_random_labels_have_an_outer_auroc_of_one_half(tmp_path, monkeypatch):
    draw, rows = np.random.default_rng(5), 400
    table = np.column_stack([draw.normal(size=(rows, 8)), draw.permutation(np.arange(rows) % 2)])
    source = tmp_path / "noise.csv"
    np.savetxt(source, table, delimiter=",", header="a,b,c,d,e,f,g,h,y", comments="", fmt="%.5g")
    study = tmp_path / "noise.yaml"
    study.write_text(STUDY.format(framework=next(iter(offered())), source=source, root=tmp_path / "runs"))
    monkeypatch.setattr("sys.argv", ["tune.py", str(study)])
    assert main() == 0
    (found,) = (tmp_path / "runs").glob("noise/*/search.json")
    answer = json.loads(found.read_text())
    outer = np.array([one["outer"] for one in answer["winners"]])
    assert answer["outer"]["mean"] == pytest.approx(outer.mean())
    assert abs(outer.mean() - 0.5) < sem(outer)
    assert answer["best"]["mean"] - 0.5 > 2 * answer["best"]["error"]
    assert answer["inner_of_winners"]["mean"] > answer["best"]["mean"]
    assert answer["optimism_of_winners"]["difference"] > answer["optimism"]["difference"] > 0.05
