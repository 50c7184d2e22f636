"""The log outlives the process that wrote it, and nothing else is taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridprio.board.commands import Entry, SetStatus
from gridprio.board.log import LOG_FILE, Log
from gridprio.errors import StoreError

FIRST = Entry(at="2026-01-01T00:00:00+00:00", who="Anna </script>", command=SetStatus(project_id="a", status=True))
SECOND = Entry(at="2026-01-01T00:00:01+00:00", who=":key", command=SetStatus(project_id="a", status=False))
INPUTS = {"projects.csv": "0"}


def written(folder: Path) -> Path:
    with Log(folder, "s", INPUTS) as log:
        log.append(FIRST)
        log.append(SECOND)
    return folder / LOG_FILE


def test_what_was_appended_is_read_again(tmp_path: Path) -> None:
    written(tmp_path)
    with Log(tmp_path, "s", INPUTS) as log:
        assert log.entries == [FIRST, SECOND]


def test_a_log_that_was_cut_keeps_its_whole_lines(tmp_path: Path) -> None:
    content = written(tmp_path).read_bytes()
    ends = [k for k in range(len(content)) if k % 40 == 0 or b"\n" in content[k - 1 : k + 1]]
    for end in ends:
        (tmp_path / LOG_FILE).write_bytes(content[:end])
        with Log(tmp_path, "s", INPUTS) as log:
            assert log.entries == [FIRST, SECOND][: max(content[:end].count(b"\n") - 1, 0)]
            log.append(SECOND)
        with Log(tmp_path, "s", INPUTS) as log:
            assert log.entries[-1] == SECOND


@pytest.mark.parametrize(
    "content", [b"notes of a meeting", b"notes\n", b"\xff\xfe\n", b'{"format": "other"}\n', b"[]\n"]
)
def test_a_file_that_is_no_log_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / LOG_FILE).write_bytes(content)
    with pytest.raises(StoreError, match="not the log"):
        Log(tmp_path, "s", INPUTS)
    assert (tmp_path / LOG_FILE).read_bytes() == content


def test_a_line_inside_that_is_none_is_named(tmp_path: Path) -> None:
    path = written(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"{}\n" + lines[2])
    with pytest.raises(StoreError, match="line 2"):
        Log(tmp_path, "s", INPUTS)


def test_the_log_of_another_study_or_of_other_inputs_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(StoreError, match="log of study 's'"):
        Log(tmp_path, "other", INPUTS)
    with pytest.raises(StoreError, match=r"projects\.csv"):
        Log(tmp_path, "s", {"projects.csv": "1"})


def test_one_board_writes_at_a_time(tmp_path: Path) -> None:
    with Log(tmp_path, "s", INPUTS), pytest.raises(StoreError):
        Log(tmp_path, "s", INPUTS)
