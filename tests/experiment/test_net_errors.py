"""What goes wrong in the file of a net is reported with its line; what a library lacks is not its fault."""

import pytest

from configs.seats.nets import NETS
from experiment.nets.net_errors import explained
from experiment.run.exit_codes import RunError


def test_a_library_that_lacks_a_name_is_not_blamed_on_the_net():
    with pytest.raises(RunError, match=r"^torch 9 lacks a name$"), explained(NETS, "mlp", "lightning"):
        raise RunError(2, "torch 9 lacks a name")
