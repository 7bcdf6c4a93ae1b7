from collections.abc import Callable

from repro.drawing import style, timeline
from repro.evidence.timeline import ours
from repro.experiment.settings import Monitor
from repro.runs.folder import Run

Fake = Callable[..., Run]


def test_a_diverged_run_is_marked_where_it_was_last_measured(fake: Fake) -> None:
    settings = {"updates": 40_000, "monitor": Monitor(every=10_000)}
    runs = [fake(seed=12, **settings), fake(seed=13, diverged_at=25_000, **settings)]
    rows = ours(runs, {"z_std": "std"})
    axes = style.new_figure(2).subplots()
    timeline.panel(axes, rows, long=True)
    line, cross = axes.lines[1:3]
    assert cross.get_marker() == "x"
    assert cross.get_xdata().tolist() == [1.0]
    assert cross.get_ydata()[0] == line.get_ydata()[2]
    assert timeline.heading("tanh", rows) == "tanh, diverged at ×"


def test_without_divergence_there_is_no_mark(fake: Fake) -> None:
    rows = ours([fake()], {"z_std": "std"})
    axes = style.new_figure(2).subplots()
    timeline.panel(axes, rows, long=True)
    assert len(axes.lines[2].get_xdata()) == 0
    assert timeline.heading("tanh", rows) == "tanh"


def test_time_axis_is_logarithmic_for_short_runs() -> None:
    short, long = style.new_figure(2).subplots(1, 2)
    timeline.time_axis([short], long=False)
    timeline.time_axis([long], long=True)
    assert (short.get_xscale(), long.get_xscale()) == ("symlog", "linear")
