"""What commands say of words that they can't use."""

import sys

import pytest

from repro import __main__, reproduce
from repro.experiment.values import ConfigError
from repro.launch import __main__ as launch
from repro.report import __main__ as report
from repro.runs import __main__ as runs
from repro.terminal import refused

ODD = "[/red] [bold]x[0, 1]"
"""Brackets that would be markup, and end nothing."""


def test_the_text_is_shown_as_it_is(capsys):
    assert refused(ConfigError(ODD)) == 2
    assert capsys.readouterr().err == f"error: {ODD}\n"


@pytest.mark.parametrize(
    ("main", "words"),
    [
        (__main__.main, ["lr=0.1", f"{ODD}=1"]),
        (reproduce.main, [ODD]),
        (report.main, [f"runs={ODD}"]),
        (runs.main, [ODD]),
        (launch.main, [ODD]),
    ],
    ids=["repro", "reproduce", "report", "runs", "launch"],
)
def test_every_command_says_it_in_one_line(main, words, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["repro", *words])
    assert (main(words) if main in (report.main,) else main()) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1 and "[/red]" in said
