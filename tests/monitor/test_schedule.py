import pytest

from repro.experiment.settings import Monitor
from repro.monitor.schedule import Event, events, schedule


def test_both_ends_and_every_multiple():
    assert events(250, 100) == [0, 100, 200, 250]


def test_nothing_is_due_after_the_end():
    assert events(99, 100) == [0, 99]
    assert events(100, 100, early=True)[-2:] == [50, 100]


def test_early_events_are_spaced_like_1_2_5():
    assert events(60, 100, early=True) == [0, 1, 2, 5, 10, 20, 50, 60]


@pytest.mark.parametrize("early", [True, False])
def test_a_run_without_updates_is_measured_once(early):
    assert events(0, 100, early) == [0]


def test_everything_at_both_ends_and_one_jacobian_at_each_period():
    found = schedule(250, Monitor(every=100, jacobian_examples=3))
    full, one, cheap = Event(3, histograms=True), Event(1), Event()
    assert found == {
        **{0: full, 1: cheap, 2: cheap, 5: cheap, 10: cheap, 20: cheap, 50: cheap},
        **{100: one, 200: one, 250: full},
    }


def test_densities_in_between_only_where_wanted():
    found = schedule(250, Monitor(every=100, densities=True))
    assert all(event.histograms for event in found.values())
    assert [u for u, event in schedule(250, Monitor(every=100)).items() if event.histograms] == [0, 250]


def test_no_jacobian_is_measured_where_none_is_wanted():
    found = schedule(250, Monitor(every=100, jacobian_examples=0))
    assert {event.jacobian_examples for event in found.values()} == {0}
    assert found[0].histograms and not found[100].histograms
