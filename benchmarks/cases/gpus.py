"""The GPUs that a framework sees."""

from importlib import import_module

from benchmarks.cases.emit import case_parser, emit
from configs.learners import LEARNERS

if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--framework", choices=tuple(LEARNERS), required=True)
    room = LEARNERS[parser.parse_args().framework].room
    emit({"gpus": [gpu._asdict() for gpu in import_module(f"{room}.devices").gpus()]})
