"""The GPU that a framework sees, if it sees one."""

from benchmarks.cases.emit import case_parser, emit
from configs.learners import LEARNERS

if __name__ == "__main__":
    parser = case_parser(__doc__)
    parser.add_argument("--framework", choices=tuple(LEARNERS), required=True)
    if parser.parse_args().framework == "lightning":
        import torch

        name = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    else:
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "a GPU") if gpus else None
    emit({"gpu": name})
