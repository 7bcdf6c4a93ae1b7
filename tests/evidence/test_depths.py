import pytest

from repro.evidence import depths


def test_each_depth_at_its_own_best_rate_and_the_best_depth(fake):
    runs = [
        fake(depth=1, lr=0.01, last=0.70),
        fake(depth=1, lr=0.1, last=0.66),
        fake(depth=2, lr=0.01, last=0.65),
        fake(depth=2, lr=0.1, diverged_at=5000),
        fake(depth=3, lr=0.01, last=0.68),
        fake(depth=3, activation="sigmoid", last=0.83),
    ]
    rows = depths.by_seed(runs)
    own = rows[rows["model"] == "Tanh"].set_index("depth")
    assert own["lr"].to_dict() == {1: 0.1, 2: 0.01, 3: 0.01}
    assert own["valid"].to_dict() == pytest.approx({1: 66, 2: 65, 3: 68})
    best = depths.best(rows).set_index("model")
    assert best.loc["Tanh", "best"] == 2 and best.loc["Tanh", "depths"] == "1, 2, 3"
    assert best.loc["Tanh", "deepest"] == pytest.approx(68)
    assert best.loc["Sigmoid", "best"] == 3


def test_a_depth_that_diverged_errs_everywhere(fake):
    rows = depths.by_seed([fake(depth=2, diverged_at=3, seed=4)])
    assert rows[["valid", "test"]].to_numpy().tolist() == [[100.0, 100.0]]


def test_points_are_means_over_seeds_in_the_order_of_the_legend(fake):
    runs = [fake(depth=d, seed=s, last=0.6 + 0.02 * s + d / 100) for d in (1, 2) for s in (0, 1)]
    runs += [fake(depth=1, activation="sigmoid", last=0.83)]
    points = depths.points(depths.by_seed(runs))
    valid = points[points["split"] == "valid"]
    assert valid["model"].tolist() == ["Sigmoid", "Tanh", "Tanh"]
    assert valid["error"].tolist() == pytest.approx([83, 62, 63]) and valid["n"].tolist() == [1, 2, 2]
