"""A search in the learner's process: rounds of trials, each stack one training, and the winners' results at the end."""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

from configs.errors import StudyError
from configs.schema import Study
from configs.search.space import searched, study_at
from datamodules.fold_data import FoldData
from evaluation.judging.catalogue import metric_of
from evaluation.search.trial import Trial
from evaluation.search.winners import winners
from experiment.record.log import log, tell
from experiment.run.exit_codes import NUMERICAL_FAILURE, WRONG_STUDY, RunError
from experiment.run.framework_directory import FrameworkDirectory
from experiment.search.composing import Search, compose
from experiment.search.keeping import keep, prune
from experiment.search.oracles import make_oracle
from experiment.search.outcomes import failed, finished
from experiment.search.rounds import MakeOracle, Rounds, Setting
from experiment.search.stacks import Candidate, Data, Trained, divided, grouped, stack_of
from experiment.search.table import SearchTable
from experiment.search.trials_file import TrialsFile, trials_file
from experiment.training.interrupts import Interrupted
from experiment.training.workers.several import FitAll, Stack
from experiment.training.workers.sharing import num_devices


def search(
    fit_all: FitAll, study: Study, folds: FoldData, directory: FrameworkDirectory, make: MakeOracle = make_oracle
) -> int:
    """Search the space of a study, from where it was left; return the exit code for the folds that have failed.

    The stacks of a round are trained by one call of `fit_all`.

    Raises:
        Interrupted: a signal came, and the state is saved.
        RunError: the trials on record are not those that the oracle proposes.
        StudyError: the record is damaged.
    """
    conducted = Conducted(fit_all, study, folds, directory)
    with closing(Rounds(study, folds.members, make)) as rounds, conducted.table as table:
        while settings := rounds.ask():
            table.expected = rounds.expected
            conducted.compare(settings)
            conducted.train(settings)
            if not conducted.has_all(settings):
                break
            rounds.tell(conducted.record.trials)
    if settings:
        done, limit = len(conducted.record.trials), conducted.search.minutes or 0
        tell(f"search.minutes: {limit:g} min are over, with {done} of {table.expected} trials")
    code = compose(Search(study, folds, conducted.record.trials, conducted.winners()), directory)
    shutil.rmtree(directory.root / "groups", ignore_errors=True)
    return code


class Conducted:
    """The state of a search: its record, the data of its stacks, and the files of the trials that lead."""

    def __init__(self, fit_all: FitAll, study: Study, folds: FoldData, directory: FrameworkDirectory) -> None:
        """As the record has it."""
        self.fit_all, self.study, self.directory, self.search = fit_all, study, directory, searched(study)
        self.data, self.record = Data(study, folds), TrialsFile(trials_file(directory))
        self.falls = metric_of(self.search.objective.key).falls
        self.before = sum(trial.seconds for trial in self.record.trials.values()) / num_devices(study)
        self.started = time.monotonic()
        self.table = SearchTable(self.search.objective.key, folds.members, self.record.trials)
        self.table.expected = max(self.search.trials, len(self.record.trials))

    def winners(self, more: Sequence[Trial] = ()) -> list[int | None]:
        """The leading trial of each member, with `more` trials than those on record."""
        trials = [*self.record.trials.values(), *more]
        return winners(trials, self.data.folds.members, self.search.selection, self.falls)

    def compare(self, settings: Sequence[Setting]) -> None:
        """Raise RunError if a setting is on record with other values."""
        for setting in settings:
            trial = self.record.trials.get(setting.number)
            known = trial and Setting(*(getattr(trial, name) for name in Setting._fields))
            if known and known != setting:
                cause = f"trial {setting.number} was {_shown(known.values)}, and the oracle now proposes"
                cure = "the search cannot go on; start a new one"
                raise RunError(WRONG_STUDY, f"{self.record.path}: {cause} {_shown(setting.values)}; {cure}")

    def has_all(self, settings: Sequence[Setting]) -> bool:
        """Whether the trials of all `settings` are on record."""
        return all(setting.number in self.record.trials for setting in settings)

    def is_over(self) -> bool:
        """Whether the time is over; never before a trial is on record."""
        if self.search.minutes is None or not self.record.trials:
            return False
        return self.before + time.monotonic() - self.started >= 60.0 * self.search.minutes

    def train(self, settings: Sequence[Setting]) -> None:
        """Train the settings that are not on record, in stacks that begin before the time is over."""
        candidates = []
        for setting in settings:
            if setting.number not in self.record.trials and not self.is_over():
                try:
                    candidates.append(Candidate(setting, study_at(self.study, setting.values)))
                except StudyError as error:
                    self._add([failed(setting, error)])
        groups = grouped(candidates)
        while groups:
            groups = self._train(groups)

    def _train(self, groups: Sequence[Sequence[Candidate]]) -> list[list[Candidate]]:
        """Train each group as one stack; return those to train next: the trials of a failed one, each alone."""
        asked: list[tuple[Stack, Sequence[Candidate]]] = []
        alone: list[list[Candidate]] = []
        with closing(self.fit_all(self._stacks(groups, asked, alone))) as outcomes:
            for place, outcome in outcomes:
                stack, group = asked[place]
                if isinstance(outcome, Exception):
                    alone += self._failed(group, outcome)
                else:
                    trained = list(divided(stack, outcome, group))
                    self._add([finished(one, self.search.objective.key) for one in trained], trained)
                shutil.rmtree(stack.directory.root.parent, ignore_errors=True)
                self.table.end([one.setting for one in group])
        return alone

    def _stacks(
        self,
        groups: Sequence[Sequence[Candidate]],
        asked: list[tuple[Stack, Sequence[Candidate]]],
        alone: list[list[Candidate]],
    ) -> Iterator[Stack]:
        """The stacks of `groups`, noted in `asked`; a group that the table does not fit is `alone`, or has failed.

        None begins when the time is over: its trials stay without a record, and can be trained with more minutes.
        """
        for group in groups:
            if self.is_over():
                return
            try:
                stack = stack_of(group, self.data, self.directory)
            except Exception as error:
                alone += self._failed(group, error)
            else:
                asked.append((stack, group))
                self.table.begin([one.setting for one in group])
                yield stack

    def _failed(self, group: Sequence[Candidate], error: Exception) -> list[list[Candidate]]:
        """What to train of a failed group: each of several, since those that are not the cause can be trained."""
        if ends_search(error):
            raise error
        if len(group) > 1:
            return [[one] for one in group]
        log.info("trial %d: %s: %s", group[0].setting.number, type(error).__name__, error)
        self._add([failed(group[0].setting, error)])
        return []

    def _add(self, trials: Sequence[Trial], trained: Sequence[Trained] = ()) -> None:
        """Save the files of those that lead now, then the trials, then remove the files of those that do not lead."""
        leading = {number for number in self.winners(trials) if number is not None}
        keep((one for one in trained if one.candidate.setting.number in leading), self.directory)
        self.record.add(trials)
        prune(self.directory, leading)


def ends_search(error: Exception) -> bool:
    """Whether no trial is to blame: a signal, a full disk, a worker that was killed. The search can be resumed."""
    if isinstance(error, RunError):
        return error.code not in (WRONG_STUDY, NUMERICAL_FAILURE)
    return isinstance(error, Interrupted | OSError)


def _shown(values: Mapping[str, object]) -> str:
    """`optimizer.learning_rate=0.01 model.dropout=0.2`."""
    return " ".join(f"{key}={value}" for key, value in values.items()) or "the study as written"
