import os
import signal
import subprocess
import sys
import time

import pytest

from experiment.training.interrupts import (
    ECHO_SECONDS,
    ENDING,
    SAVING,
    SIGNALS,
    Interrupted,
    Interrupts,
    Stop,
    Stopped,
    answer,
    passing_on,
)

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def default_actions():
    """What these tests may have been started with, in the background, ignores Ctrl-C."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def past_the_echo(repeats):
    repeats.first = time.monotonic() - ECHO_SECONDS - 0.1


@pytest.mark.parametrize("number", ENDING)
def test_the_first_signal_is_remembered_and_its_echo_is_not_a_second_one(number):
    with Interrupts() as interrupts:
        assert interrupts.received is None
        signal.raise_signal(number)
        signal.raise_signal(number)
        assert interrupts.received == number


def test_a_second_signal_ends_the_process_at_once_unless_its_parent_does_that():
    for alone in (True, False):
        with Interrupts(alone) as interrupts:
            signal.raise_signal(signal.SIGINT)
            past_the_echo(interrupts.repeats)
            if alone:
                with pytest.raises(SystemExit, match="143"):
                    signal.raise_signal(signal.SIGTERM)
            else:
                signal.raise_signal(signal.SIGTERM)
        assert interrupts.received == signal.SIGINT


def test_nobody_waits_for_the_echo_before_pressing_again():
    assert ECHO_SECONDS < 0.25


def test_a_warning_asks_for_the_state_and_ends_nothing():
    with Interrupts() as interrupts:
        signal.raise_signal(SAVING)
        assert (interrupts.wants_state, interrupts.received) == (True, None)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_that_was_ignored_stays_ignored(number):
    signal.signal(number, signal.SIG_IGN)
    answer(number, Stop())
    with subprocess.Popen(["sleep", "60"]) as child, passing_on(child) as received, Interrupts() as interrupts:
        signal.signal(number, signal.default_int_handler)  # as a framework would
        interrupts.listen()
        signal.raise_signal(number)
        assert (interrupts.received, interrupts.wants_state, received, child.poll()) == (None, False, [], None)
        child.kill()
    assert signal.getsignal(number) == signal.SIG_IGN


IGNORED = """
import signal, subprocess, sys
import polars
from experiment.training.interrupts import answer
answer(signal.SIGINT, signal.default_int_handler)
print(subprocess.check_output([sys.executable, "-c", "import signal; print(signal.getsignal(2))"], text=True))
"""


def test_a_child_ignores_what_its_parent_ignores_whatever_the_parent_has_imported():
    ignoring = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_IGN), "text": True}
    assert subprocess.check_output([sys.executable, "-c", IGNORED], **ignoring).strip() == "1"


def test_where_nothing_has_to_be_saved_the_first_signal_raises_and_the_second_one_ends():
    stop = Stop()
    for number in ENDING:
        signal.signal(number, stop)
    with pytest.raises(Stopped, match="stopped by SIGHUP") as stopped:
        signal.raise_signal(signal.SIGHUP)
    assert stopped.value.code == 129
    signal.raise_signal(signal.SIGTERM)  # an echo
    past_the_echo(stop.repeats)
    if os.fork() == 0:
        signal.raise_signal(signal.SIGTERM)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.wait()[1]) == -signal.SIGTERM


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_passed_on_to_the_child_and_then_means_what_it_did(number):
    with subprocess.Popen(["sleep", "60"]) as child, passing_on(child) as received:
        os.kill(os.getpid(), number)
        assert child.wait() == -number
    assert received == [number] * (number != SAVING)
    assert {signal.getsignal(number) for number in SIGNALS} == {signal.SIG_DFL}


STUBBORN = (
    "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32)); print(flush=True); sum(range(10**12))"
)


def test_a_second_signal_kills_the_child_and_the_next_one_this_process():
    stop = Stop()
    signal.signal(signal.SIGINT, stop)
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        with passing_on(child) as received:
            for number in (signal.SIGINT, signal.SIGINT, signal.SIGUSR1):  # the second one is an echo
                signal.raise_signal(number)
            assert (child.poll(), received) == (None, [signal.SIGINT])
            time.sleep(1.5 * ECHO_SECONDS)
            signal.raise_signal(signal.SIGTERM)
            assert (child.wait(), received) == (-signal.SIGKILL, [signal.SIGINT, signal.SIGTERM])
    assert stop.repeats.is_second()


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [(1, 129, "stopped by SIGHUP"), (2, 130, "stopped by SIGINT"), (15, 143, "stopped by SIGTERM")],
)
@pytest.mark.parametrize("error", [Interrupted, Stopped])
def test_the_code_is_what_a_shell_expects(error, number, code, words):
    assert (error(number).code, str(error(number))) == (code, words)
