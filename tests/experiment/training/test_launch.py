"""What is launched runs as by `python -m`."""

import os
import subprocess
import sys

PROBE = """
import sys
print(__name__, sys.argv, __spec__.name, vars(sys.modules["__main__"]) is globals())
print({"numpy", "torch", "tensorflow"} & set(sys.modules))
sys.exit(3)
"""


def test_a_module_sees_what_it_would_see_without_the_launch(tmp_path):
    (tmp_path / "probe.py").write_text(PROBE)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}

    def call(*words):
        command = [sys.executable, "-m", *words, "RUN", "--debug"]
        return subprocess.run(command, capture_output=True, text=True, env=environment)

    plain, launched = call("probe"), call("experiment.training.launch", "lightning", "probe")
    assert plain.stdout.startswith("__main__ [")
    assert (launched.returncode, launched.stdout, launched.stderr) == (3, plain.stdout, "")
