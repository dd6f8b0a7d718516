"""Progress: plain lines where there is no terminal."""

import io
import re

from datasets.progress import progress


def test_lines_count_and_estimate():
    out = io.StringIO()
    with progress("crop", 2, out) as report:
        report("a: 1 ok")
        report("b: 1 truncated")
    first, second = out.getvalue().splitlines()
    assert re.fullmatch(r"crop \[1/2\] a: 1 ok; \d+ s left", first)
    assert second == "crop [2/2] b: 1 truncated; 0 s left"


def test_a_terminal_gets_a_bar():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    out = Terminal()
    with progress("crop", 2, out) as report:
        report("a")
        report("b")
    assert "crop [1/2]" not in out.getvalue()
