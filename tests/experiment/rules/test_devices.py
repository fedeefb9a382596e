"""The device of a study, as the driver reports it, and what it has no instructions for."""

import pytest

from configs.loading.loading import load_study
from experiment.rules.resources import devices
from experiment.rules.resources.devices import CPU, Device, driver_device, driver_gpus, idle_precision

H200 = Device("NVIDIA H200", 143771 << 20, 143000 << 20, (9, 0))
A100 = Device("NVIDIA A100", 40960 << 20, 40000 << 20, (8, 0))
T4 = Device("Tesla T4", 15360 << 20, 15000 << 20, (7, 5))
TWO = "0, GPU-7ab, NVIDIA H200, 143771, 143000, 9.0\\n1, GPU-7cd, Tesla T4, 15360, 15000, 7.5\\n"
TF32 = "training.precision: tf32 is a format of GPUs and does nothing on a CPU, which trains as with 32"


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Make a driver of a shell script, which writes down what it is asked."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def make(script: str):
        (tmp_path / "nvidia-smi").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n{script}\n')
        (tmp_path / "nvidia-smi").chmod(0o755)
        return tmp_path / "asked"

    return make


@pytest.mark.parametrize(
    ("precision", "device", "flags", "line"),
    [
        ("32", T4, "", ""),
        ("64", CPU, "", ""),
        ("tf32", H200, "", ""),
        ("bf16", H200, "", ""),
        ("tf32", A100, "", ""),
        ("bf16", A100, "", ""),
        ("tf32", Device("a GPU"), "", ""),
        ("tf32", CPU, "amx_bf16", TF32),
        ("bf16", CPU, "amx_bf16", ""),
        ("bf16", CPU, "avx2", "this CPU has no instructions for bf16: its results are bf16's, and 32 is faster"),
        ("bf16", T4, "amx_bf16", "Tesla T4 (compute capability 7.5) has no instructions for bf16"),
        ("tf32", T4, "", "Tesla T4 (compute capability 7.5) has no tf32 (8.0 and later have it) and trains as with 32"),
    ],
)
def test_a_precision_that_the_device_does_not_have_is_one_line(monkeypatch, precision, device, flags, line):
    monkeypatch.setattr(devices, "cpu_flags", lambda: set(flags.split()))
    told = idle_precision(load_study(None, [f"training.precision={precision}"]), device)
    assert len(told) == bool(line)
    assert line in "".join(told)


def test_the_extensions_of_a_processor_are_read_where_they_are_listed(tmp_path):
    (tmp_path / "cpuinfo").write_text("model name : X\nflags\t\t: fpu avx512_bf16 amx_bf16\n\nFeatures : asimd bf16\n")
    assert {"avx512_bf16", "bf16"} <= devices.cpu_flags(tmp_path / "cpuinfo")
    assert devices.cpu_flags(tmp_path / "none") == set()


def test_a_study_trains_on_the_first_gpu_of_the_driver_unless_it_asks_for_the_cpu(driver):
    driver(f"printf '{TWO}'")
    assert driver_gpus() == [H200, T4]
    assert driver_device(load_study(None, [])) == H200
    assert driver_device(load_study(None, ["training.accelerator=cpu"])) == CPU


@pytest.mark.parametrize("script", ["exit 9", "exit 0", None])
def test_without_a_driver_or_a_gpu_it_trains_on_the_cpu(driver, script):
    if script:
        driver(script)
    assert driver_device(load_study(None, ["training.accelerator=gpu"])) == CPU


def test_what_a_gpu_does_not_report_is_not_known(driver):
    driver("echo '0, GPU-1, GRID, [N/A], [N/A], [N/A]'")
    assert driver_gpus() == [Device("GRID")]
    assert driver_gpus()[0].is_gpu


def test_an_old_driver_that_knows_no_compute_capability_is_asked_again_without_it(driver):
    asked = driver('case "$1" in *compute_cap*) exit 2;; *) echo "0, GPU-1, Tesla K80, 11441, 11000";; esac')
    assert driver_gpus() == [Device("Tesla K80", 11441 << 20, 11000 << 20)]
    assert len(asked.read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("visible", "seen"),
    [
        (
            "1,GPU-7a,9,0",
            [T4, H200],
        ),  # the beginning of a UUID is enough, and the first that there is not ends the list
        ("GPU-7", []),  # of two
        ("0,0", [H200, H200]),
        (" 1 , 0", [T4, H200]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
    ],
)
def test_the_gpus_are_those_that_the_process_may_use_in_its_order(driver, monkeypatch, visible, seen):
    asked = driver(f"printf '{TWO}'")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert driver_gpus() == seen
    assert len(asked.read_text().splitlines()) == 1


def test_an_instance_of_a_gpu_is_one_by_its_own_uuid(driver, monkeypatch):
    there = "GPU 0: NVIDIA A100 (UUID: GPU-1)\\n  MIG 3g.20gb     Device  0: (UUID: MIG-5e)\\n"
    driver(f"""case "$1" in --list-gpus) printf '{there}';; *) printf '{TWO}';; esac""")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-5e,MIG-5")
    assert driver_gpus() == [Device("MIG 3g.20gb")]


def test_a_container_without_the_drivers_tool_has_the_gpus_of_its_device_files(driver, monkeypatch, tmp_path):
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()
    assert driver_gpus(tmp_path) == [Device("NVIDIA GPU")] * 2
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,7")
    assert driver_gpus(tmp_path) == [Device("NVIDIA GPU")]
    driver("exit 9")
    assert driver_gpus(tmp_path) == []
