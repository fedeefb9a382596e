"""A file may import no framework but that of its process: one process, one framework."""

import pytest

from configs.learners import LEARNERS
from configs.seats.schedules import SCHEDULES
from configs.seats.signatures import read_imports

FACTOR = "def factor(progress): return progress\n"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import torch\n", "experiment/rules/schedules/mine.py:1: must not import torch; use NumPy"),
        ("import numpy\n\nfrom keras import ops\n", "experiment/rules/schedules/mine.py:3: must not import keras"),
        ("def other():\n    import tensorflow as tf\n", "mine.py:2: must not import tensorflow"),
        ("from lightning_mods.layers import activation\n", "mine.py:1: must not import lightning_mods"),
    ],
)
def test_a_file_that_serves_both_frameworks_imports_none(write_net, tmp_path, problems, source, said):
    (tmp_path / SCHEDULES.folder / "mine.py").write_text(source + FACTOR)
    [line] = problems("optimizer.schedule=mine")
    assert said in line


def test_a_twin_does_not_import_the_other_framework(write_net, problems):
    write_net("mine", "import tensorflow\ndef build(inputs, outputs): ...\n")
    [line] = problems("model={net: mine}")
    assert "lightning_mods/nets/mine.py:1: must not import tensorflow" in line
    write_net("mine", "import torch\ndef build(inputs, outputs): ...\n", frameworks=[*LEARNERS][:1])
    assert problems("model={net: mine}", f"framework={next(iter(LEARNERS))}") == []


def test_what_only_a_type_checker_imports_is_no_import(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import a.b\nif TYPE_CHECKING:\n    import torch\nelse:\n    from c import d\nfrom . import e\n")
    assert read_imports(file) == {"a": 1, "c": 5}
