"""`configs/mnist.yaml` as it is shipped, in both frameworks."""

import json

import pytest


@pytest.mark.slow
def test_five_epochs_read_ninety_three_of_a_hundred_digits(train, only_run, tmp_path):
    said = train("configs/mnist.yaml", f"output.root={tmp_path}")
    assert (said.returncode, said.stderr) == (0, "")
    for framework in ("lightning", "tensorflow"):
        found = json.loads(only_run(tmp_path).framework(framework).metrics.read_text())
        assert found["test"]["ensemble"]["accuracy"] >= 0.93
        assert len(found["test"]["ensemble"]["per_class"]) == 10
        assert found["folds"][0]["epochs"] == 5
        assert found["scored"] == {}
