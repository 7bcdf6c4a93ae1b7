from itertools import pairwise

from repro.bench import contenders, peers
from repro.bench.contenders import IDIOMATIC, JAX, OURS
from repro.bench.tasks import FEATURES, PAPER, Task, panels, tasks


def test_every_contender_meets_its_references_at_each_task():
    everyone = [c for c in contenders.contenders() if c.device == "cpu"]
    names = [(c.name, c.cores, c.environment) for c in everyone]
    assert len(set(names)) == len(names)
    by_name = {(c.name, c.cores): c for c in everyone}
    for contender in everyone:
        reference = by_name[IDIOMATIC, contender.cores]
        assert reference.make is peers.idiomatic
        assert {task for task in contender.tasks if task.networks == 1} <= set(reference.tasks)
        if contender.name == OURS:
            assert set(contender.tasks) == set(by_name[JAX, contender.cores].tasks)


def test_one_core_is_timed_at_every_point_of_the_figure():
    (ours,) = [c for c in contenders.contenders() if (c.name, c.cores) == (OURS, 1)]
    points = {task for panel in panels().values() for task in panel}
    assert set(ours.tasks) == points == set(tasks()) and PAPER in points
    for quantity, panel in panels().items():
        assert len({getattr(task, quantity) for task in panel}) > 3


def test_operations_are_counted():
    """Per example 2 for each weight forward and in the update, and for gradients by all z but the inputs."""
    task = Task(width=7, depth=2, batch=3)
    sizes = (FEATURES, 7, 7, 9)
    forward = sum(2 * a * b for a, b in pairwise(sizes))
    back = forward - 2 * FEATURES * 7
    assert task.flops == 3 * (2 * forward + back)
    assert task.weights == sum(a * b for a, b in pairwise(sizes))
