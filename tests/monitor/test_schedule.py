import pytest

from repro.monitor.schedule import events


def test_both_ends_and_every_multiple():
    assert events(250, 100) == [0, 100, 200, 250]


def test_early_events_are_spaced_like_1_2_5():
    assert events(60, 100, early=True) == [0, 1, 2, 5, 10, 20, 50, 60]


@pytest.mark.parametrize("early", [True, False])
def test_a_run_without_updates_is_measured_once(early):
    assert events(0, 100, early) == [0]
