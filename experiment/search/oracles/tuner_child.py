"""The process of keras-tuner's oracles: `python -m experiment.search.oracles.tuner_child --parent=FD`.

Questions are lines of JSON on standard input: `open` makes an oracle, `begin` gives it settings that it did not
propose and wants the first proposals, `ask` wants more, `tell` has scores. Every question but `open` is answered by a
line on standard output.
"""

import json
import os
import signal
import sys
import threading
import warnings
from typing import IO, Any

from experiment.training.interrupts import ENDING, SAVING
from experiment.training.launch import PARENT, follow


def main() -> None:
    """Answer until standard input ends; signals end the process that asks, and this one with it."""
    for number in (*ENDING, SAVING):
        signal.signal(number, signal.SIG_IGN)
    parent = next(int(word.removeprefix(PARENT)) for word in sys.argv if word.startswith(PARENT))
    threading.Thread(target=follow, args=[parent], daemon=True).start()
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what keras-tuner prints is no answer
    serve(sys.stdin, answers)


def serve(questions: IO[str], answers: IO[str]) -> None:
    """Answer every line; keras-tuner is imported only now, when this process follows its parent."""
    from experiment.search.oracles.tuner_oracles import Asked

    oracles: dict[int, Asked] = {}
    for line in questions:
        question = json.loads(line)
        if "open" in question:
            number = question.pop("open")
            oracles[number] = Asked(**question)
            continue
        try:
            answer: Any = answered(oracles, question)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def answered(oracles: Any, question: dict[str, Any]) -> dict[str, Any]:
    """The answer to a question other than `open`."""
    match question:
        case {"ask": number, "most": most}:
            return {"proposals": oracles[number].ask(most)}
        case {"begin": number, "given": given, "most": most}:
            names, proposals = oracles[number].begin(given, most)
            return {"given": names, "proposals": proposals}
        case {"tell": number, "results": results}:
            oracles[number].tell(results)
    return {}


if __name__ == "__main__":
    main()
