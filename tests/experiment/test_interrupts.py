import os
import signal
import subprocess
import sys
import time

import pytest

from experiment.interrupts import ECHO_SECONDS, SIGNALS, Interrupted, Interrupts, passing_on


def unblock():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def test_the_first_signal_is_remembered_and_its_echo_is_not_a_second_one():
    with Interrupts() as interrupts:
        assert interrupts.received is None
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        assert interrupts.received == signal.SIGTERM


def test_a_second_signal_ends_the_process_at_once():
    with Interrupts() as interrupts:
        os.kill(os.getpid(), signal.SIGINT)
        assert ECHO_SECONDS < 5  # nobody waits longer before pressing again
        interrupts.moment = time.monotonic() - ECHO_SECONDS - 0.1
        with pytest.raises(SystemExit) as end:
            signal.raise_signal(signal.SIGINT)
    assert end.value.code == 130


BLOCKED = """
import os, signal
from experiment.interrupts import Interrupts
os.kill(os.getpid(), signal.SIGINT)
with Interrupts() as interrupts:
    print(interrupts.received)
"""


def test_a_signal_to_a_child_that_does_not_listen_yet_waits_until_it_does():
    def start():
        return subprocess.Popen([sys.executable, "-c", BLOCKED], stdout=subprocess.PIPE, text=True)

    with passing_on(start) as (child, received):
        assert child.communicate()[0] == "2\n"
    assert (child.returncode, received) == (0, [])


def test_a_signal_that_came_while_the_child_was_started_is_sent_once():
    class Child:
        def __init__(self):
            self.sent = []

        def send_signal(self, number):
            self.sent.append(number)

    def start():
        os.kill(os.getpid(), signal.SIGTERM)
        return Child()

    with passing_on(start) as (child, received):
        assert (child.sent, received) == ([signal.SIGTERM], [signal.SIGTERM])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_passed_on_to_the_child_and_then_means_what_it_did(number):
    before = signal.getsignal(number)
    with passing_on(lambda: subprocess.Popen(["sleep", "60"], preexec_fn=unblock)) as (child, received):
        os.kill(os.getpid(), number)
        assert child.wait() == -number
    assert received == [number]
    assert signal.getsignal(number) is before


@pytest.mark.parametrize(("number", "code", "words"), [(2, 130, "stopped by SIGINT"), (15, 143, "stopped by SIGTERM")])
def test_the_code_is_what_a_shell_expects(number, code, words):
    assert (Interrupted(number).code, str(Interrupted(number))) == (code, words)
