"""The log of a run is a file, and is appended to."""

from experiment.record.log import kept_in, log


def test_what_is_logged_is_appended_to_the_file_with_its_time(tmp_path):
    path = tmp_path / "log.txt"
    for message in ("engine: traced", "engine: eager"):
        with kept_in(path):
            log.info(message)
    log.info("to nobody")
    first, second = path.read_text().splitlines()
    assert first.endswith(" engine: traced")
    assert second.endswith(" engine: eager")
    assert len(first.split()[0].split("-")) == 3


def test_what_is_logged_stays_on_its_line(tmp_path):
    with kept_in(tmp_path / "log.txt"):
        log.info("class 'a\nrm -rf ~\x1b[2J' has %d rows", 3)
    (line,) = (tmp_path / "log.txt").read_text().splitlines()
    assert line.endswith(r" class 'a\nrm -rf ~\x1b[2J' has 3 rows")
