import pytest
import torch
from small import small

from experiment.log import kept_in
from lightning_mods import fit, module
from lightning_mods.fit import prepare
from lightning_mods.nets import mlp
from lightning_mods.trial import try_net


def test_the_log_says_that_tf32_does_nothing_on_a_cpu(tmp_path):
    study, folds = small("training.precision=tf32", "training.accelerator=cpu")
    with kept_in(tmp_path / "log.txt"):
        prepare(study, folds)
    assert "tf32 is a format of GPUs and does nothing on a CPU" in (tmp_path / "log.txt").read_text()


@pytest.mark.parametrize(("gpu", "precision"), [(False, "highest"), (True, "high")])
def test_products_are_in_tf32_on_a_gpu_alone(monkeypatch, gpu, precision):
    study, folds = small("training.precision=tf32")
    monkeypatch.setattr(fit, "uses_gpu", lambda study: gpu)
    try:
        prepare(study, folds)
        assert torch.get_float32_matmul_precision() == precision
    finally:
        torch.set_float32_matmul_precision("highest")


def test_the_first_stack_of_a_run_is_not_tried_again_but_another_net_is(monkeypatch):
    tried = []

    def noted(*arguments):
        tried.append(arguments)
        return try_net(*arguments)

    monkeypatch.setattr(module, "try_net", noted)
    study, folds = small("seed=4711")
    trial = fit.check(study, folds)
    assert module.FoldModule(study, folds).trial is trial
    assert len(tried) == 1
    module.FoldModule(*small("seed=4712"))
    assert len(tried) == 2
    build = mlp.build
    monkeypatch.setattr(mlp, "build", lambda *given, **named: build(*given, **named))  # as if reloaded
    module.FoldModule(study, folds)
    assert len(tried) == 3
