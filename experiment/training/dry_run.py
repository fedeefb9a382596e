"""Dry run: net check of a study in each framework, without training."""

from tempfile import TemporaryDirectory

from configs.schema import Study
from experiment.conduct import prepare
from experiment.nets.disagreement import disagreement
from experiment.nets.twins import net_checks
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.training.backend import can_train


def check_nets(study: Study, debug: bool = False) -> tuple[int, str]:
    """Number of weights of the study's net, and the disagreement of the frameworks; leaves no files.

    Raises RunError if one of them cannot train it, after its process has printed the cause.
    """
    with TemporaryDirectory() as folder:
        output = study.output.model_copy(update={"root": folder})
        run = prepare(study.model_copy(update={"output": output}), [])
        if not can_train(study.frameworks, run, debug):
            raise RunError(WRONG_STUDY, "nothing can be trained like this; fix that, then try again")
        checked = net_checks(run, study)
        return next(iter(checked.values())).layout.size, disagreement(run, study)
