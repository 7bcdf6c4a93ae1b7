import math
from collections.abc import Callable

import pandas as pd

from repro import paper
from repro.drawing import style
from repro.evidence import timeline
from repro.runs.folder import Run

Fake = Callable[..., Run]


def test_ours_is_named_averaged_and_in_epochs(fake: Fake) -> None:
    runs = [fake(seed=seed) for seed in (0, 1, 2)]
    rows = timeline.ours(runs, {"z_std": "std"})
    assert set(rows["quantity"]) == {"std"} and set(rows["source"]) == {"ours"}
    assert set(rows["epoch"]) == {0, 1}
    assert (rows["n"] == 3).all()


def test_papers_epochs_are_updates_too() -> None:
    rows = timeline.papers("fig10", ["std"])
    assert (rows["update"] == 20_000 * rows["epoch"]).all()
    assert len(rows) == (paper.curve("fig10")["quantity"] == "std").sum()


def test_last_epoch_is_that_of_the_shortest_panel() -> None:
    rows = pd.DataFrame({"init": ["a", "a", "b"], "epoch": [0, 4, 3], "source": "ours"})
    assert timeline.last_epoch(rows, "init") == 3
    assert timeline.last_epoch(rows) == 4


def test_words() -> None:
    assert timeline.text(math.nan) == timeline.moment(math.nan) == "not yet"
    assert timeline.moment(3.51) == "at epoch 3.5"
    assert (timeline.span(1), timeline.span(12.5)) == ("1 epoch", "12.5 epochs")


def test_a_diverged_run_is_marked(fake: Fake) -> None:
    runs = [fake(state="diverged", seed=12)]
    axes = style.new_figure(2).subplots()
    timeline.panel(axes, timeline.ours(runs, {"z_std": "std"}), runs, long=True)
    assert axes.lines[2].get_marker() == "x"
    assert timeline.heading("tanh", runs) == "tanh, diverged at ×"


def test_time_axis_is_logarithmic_for_short_runs() -> None:
    short, long = style.new_figure(2).subplots(1, 2)
    timeline.time_axis([short], long=False)
    timeline.time_axis([long], long=True)
    assert (short.get_xscale(), long.get_xscale()) == ("symlog", "linear")


def test_the_last_epoch_in_common_has_all_layers_of_both() -> None:
    ours = [("ours", epoch, layer, epoch + layer) for epoch in (0.0, 4.0000000001, 8.0) for layer in (1, 2)]
    paper = [
        ("paper", 0, 1, 9),
        ("paper", 0, 2, 9),
        ("paper", 4, 1, 9),
        ("paper", 4, 2, 9),
        ("paper", 8, 1, 9),
    ]
    rows = pd.DataFrame([*ours, *paper], columns=["source", "epoch", "layer", "value"])
    at, mine, theirs = timeline.last_in_common(rows)
    assert at == 4
    assert (mine.round(6).to_dict(), theirs.to_dict()) == ({1: 5, 2: 6}, {1: 9, 2: 9})
