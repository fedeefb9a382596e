"""A run that stops before it trains: the net of a study, tried in each framework."""

from tempfile import TemporaryDirectory

from configs.schema import Study
from experiment.conduct import prepare
from experiment.nets.disagreement import disagreement
from experiment.nets.twins import trials
from experiment.run.exit_codes import WRONG_STUDY, RunError
from experiment.training.backend import tried


def try_net(study: Study, debug: bool = False) -> tuple[int, str]:
    """How many weights the study's net has, and in what the frameworks disagree; nothing is left behind.

    Raises RunError if one of them cannot train it, which has said why.
    """
    with TemporaryDirectory() as folder:
        output = study.output.model_copy(update={"root": folder})
        run = prepare(study.model_copy(update={"output": output}), [])
        if not tried(study.frameworks, run, debug):
            raise RunError(WRONG_STUDY, "nothing can be trained like this; mend that, then try again")
        checked = trials(run, study)
        return next(iter(checked.values())).layout.size, disagreement(run, study)
