"""What is wrong with the net of a user is said in one line, with the file and the line of it."""

import pytest
import torch
from torch import nn
from users_nets import study_of

from lightning_mods.module import FoldModule
from lightning_mods.stack.building import build_net

HEAD = """import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.a, self.b = nn.Linear(inputs, 8), nn.Linear(8, outputs)
    def forward(self, x):
        h = self.a(x)
"""
BUILD = "\ndef build(inputs, outputs):\n    return Net(inputs, outputs)\n"
DRAWS = "draws random numbers of its own, which no seed of a study repeats; use KeyedDropout"
LOOKS = "looks at the values of a tensor (`if`, `while`, `float`), of which every member has its own; use `where`"
HIDDEN = "is no part of the net, so it would be neither trained nor saved; keep layers in attributes, nn.ModuleList"
MIXES = "mixes the rows of a batch: what it gives for a row depends on the rows beside it"
OTHER = "is another net whenever it is built: it holds random numbers besides its weights"


def using(held: str, used: str) -> str:
    """A net that holds something more, and makes something of its hidden units `h`."""
    return (
        HEAD.replace("    def forward", f"        {held}\n    def forward") + f"        return self.b({used})" + BUILD
    )


WRONG = {
    "output width": (
        HEAD + "        return self.b(h).repeat(1, 3)" + BUILD,
        ": gives (2, 3) for 2 rows, and must give (2, 1)",
    ),
    "squeezed output": (
        HEAD + "        return self.b(h)[:, 0]" + BUILD,
        ": gives (2,) for 2 rows, and must give (2, 1)",
    ),
    "two outputs": (HEAD + "        return self.b(h), h" + BUILD, ": gives tuple for 2 rows, and must give (2, 1)"),
    "shapes": (
        HEAD + "        return self.b(x)" + BUILD,
        ":9: RuntimeError: mat1 and mat2 shapes cannot be multiplied",
    ),
    "a number": ("def build(inputs, outputs):\n    return 3\n", ": `build` gives int; let it return a torch.nn.Module"),
    "raises": (
        "def build(inputs, outputs):\n    raise KeyError('width')\n",
        ":2: KeyError: 'width'; fix that, or run again with --debug",
    ),
    "imports": (
        "\n\nimport nothing_like_it\n",
        ":3: ModuleNotFoundError: No module named 'nothing_like_it'; fix that",
    ),
    "noise": (HEAD + "        return self.b(h + torch.randn_like(h))" + BUILD, f":9: {DRAWS}"),
    "noise in training": (
        HEAD + "        return self.b(nn.functional.dropout(h, 0.5, self.training))" + BUILD,
        f":9: {DRAWS}",
    ),
    "condition": (HEAD + "        return self.b(h) if h.mean() > 0 else self.b(-h)" + BUILD, f":9: {LOOKS}"),
    "layers in a list": (using("self.l = [nn.Linear(8, 8)]", "self.l[0](h)"), f": layer 'l[0]' (Linear) {HIDDEN}"),
    "layers in a dict in a layer": (
        using("self.a.more = {'c': (nn.Linear(8, 8),)}", "self.a.more['c'][0](h)"),
        f": layer 'a.more['c'][0]' (Linear) {HIDDEN}",
    ),
    "a layer of the file": (
        "from torch import nn\nshared = nn.Linear(8, 8)\n" + using("", "shared(h)"),
        f": a weight (8, 8) that it uses {HIDDEN}",
    ),
    "a weight that is none": (
        using("self.w = torch.ones(8, requires_grad=True)", "self.w * h"),
        f": weight 'w' (Tensor) {HIDDEN}",
    ),
    "a frozen layer in a list": (
        using("self.l = [nn.Linear(8, 8).requires_grad_(False)]", "self.l[0](h)"),
        f": {OTHER}",
    ),
    "random features": (using("self.w = torch.randn(8)", "torch.cos(h * self.w)"), f": {OTHER}"),
    "mean of the rows": (using("", "h - h.mean(0)"), f": {MIXES}"),
    "the first row": (using("", "h - h[:1]"), f": {MIXES}"),
    "the row before": (using("", "h + h.roll(1, 0)"), f": {MIXES}"),
    "softmax over rows": (using("", "h.softmax(0)"), f": {MIXES}"),
    "statistics of a batch": (using("", "nn.functional.batch_norm(h, None, None, training=True)"), f": {MIXES}"),
    "in predictions alone": (using("", "h if self.training else h - h.mean(0)"), f": {MIXES}"),
    "in training alone": (using("", "h - h.mean(0) if self.training else h"), f": {MIXES}"),
    "behind a gate that starts at 0": (
        using("self.bias = nn.Parameter(torch.zeros(1))", "h - self.bias * h.mean(0)"),
        f": {MIXES}",
    ),
    "inputs that it writes to after a layer has used them": (
        using("", "h * x.mul_(2).sum(1, keepdim=True)"),
        ": RuntimeError: one of the variables needed for gradient computation has been modified by an inplace",
    ),
    "number of a tensor": (HEAD + "        return self.b(h * h.mean().item())" + BUILD, f":9: {LOOKS}"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_has_a_file_a_line_a_cause_and_a_cure(wrong, tmp_path, monkeypatch):
    source, said = WRONG[wrong]
    with pytest.raises(ValueError, match=r"nets/mine\.py") as refused:
        FoldModule(*study_of("lightning_mods", source, tmp_path, monkeypatch))
    message = str(refused.value)
    assert message.startswith("lightning_mods/nets/mine.py" + said)
    assert "; " in message
    assert "\n" not in message


def test_what_went_wrong_itself_is_kept_for_debug(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"nets/mine\.py") as refused:
        FoldModule(*study_of("lightning_mods", WRONG["raises"][0], tmp_path, monkeypatch))
    assert isinstance(refused.value.__cause__, KeyError)


FINE = {
    "a constant": using("self.w = torch.linspace(0, 1, 8)", "h * self.w"),
    "random features with a seed": using("self.w = torch.randn(8, generator=torch.manual_seed(3))", "h * self.w"),
    "layers in a ModuleList": using("self.l = nn.ModuleList([nn.Linear(8, 8)])", "self.l[0](h)"),
    "a layer that is not used": using("self.l = [nn.Linear(8, 8)]", "h"),
    "means within a row": using("", "h - h.mean(1, keepdim=True)"),
    "steps": using("", "(h > 0).to(h.dtype)"),
    "inputs that it writes to": using("", "h").replace("self.a(x)", "self.a(x.mul_(2))"),
    "what overflows": using("", "h / 0"),
}


@pytest.mark.parametrize("precision", [32, "bf16"])
@pytest.mark.parametrize("fine", FINE)
def test_what_is_right_is_let_through(fine, precision, tmp_path, monkeypatch):
    study, folds = study_of("lightning_mods", FINE[fine], tmp_path, monkeypatch)
    training = study.training.model_copy(update={"precision": precision})
    FoldModule(study.model_copy(update={"training": training}), folds)


def test_trying_a_net_leaves_it_as_it_was(tmp_path, monkeypatch):
    source = HEAD + "        return self.b(nn.functional.dropout(h, 0.5, self.training))" + BUILD
    study, _ = study_of("lightning_mods", source, tmp_path, monkeypatch)
    torch.manual_seed(0)
    net = build_net(study, 4, 1)
    after = torch.get_rng_state()
    torch.manual_seed(0)
    nn.Linear(4, 8), nn.Linear(8, 1)
    assert net.training
    assert torch.equal(after, torch.get_rng_state())
