"""What is wrong with the net of a user is said in one line, with the file and the line of it."""

import pytest
import torch
from torch import nn
from users_nets import study_of

from lightning_mods.module import FoldModule, build_net

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
        ":2: KeyError: 'width'; mend that, or run again with --debug",
    ),
    "imports": (
        "\n\nimport nothing_like_it\n",
        ":3: ModuleNotFoundError: No module named 'nothing_like_it'; mend that",
    ),
    "noise": (HEAD + "        return self.b(h + torch.randn_like(h))" + BUILD, f":9: {DRAWS}"),
    "noise in training": (
        HEAD + "        return self.b(nn.functional.dropout(h, 0.5, self.training))" + BUILD,
        f":9: {DRAWS}",
    ),
    "condition": (HEAD + "        return self.b(h) if h.mean() > 0 else self.b(-h)" + BUILD, f":9: {LOOKS}"),
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
