"""Private names of the frameworks stand in one file a room. No framework is imported here."""

import ast

import pytest
from private_names import FILE, ROOT, foreign, own_names, sources

TREES = sources()
OWN = own_names(TREES)


def test_private_names_of_a_framework_are_used_in_one_file_of_each_room_alone():
    used = {str(path.relative_to(ROOT)): list(foreign(tree, OWN)) for path, tree in TREES.items() if path.name != FILE}
    assert {path: names for path, names in used.items() if names} == {}
    assert all(list(foreign(tree, OWN)) for path, tree in TREES.items() if path.name == FILE)


@pytest.mark.parametrize(
    "line",
    [
        "from torch.utils._pytree import tree_leaves",
        "from keras.src.backend.common import global_state",
        "from tensorflow.python.ops import control_flow_util",
        "from torch.nn.modules.dropout import _DropoutNd",
        "import torch._ops",
        "torch._ops.OpOverload",
        "net._flatten_layers()",
        "self._assert_compile_called('fit')",
        "if name == '_current_fx_name': pass",
    ],
)
def test_a_private_name_is_found_in_every_form(line):
    assert len(list(foreign(ast.parse(line), OWN))) == 1
