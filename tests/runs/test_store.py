import pytest

from repro.experiment.components import Init
from repro.experiment.settings import Experiment
from repro.runs import Run, collect


def test_collect_has_one_row_per_run_with_nested_keys(tmp_path):
    for seed in (0, 1):
        run = Run.create(tmp_path, Experiment(seed=seed))
        run.write_json("status", {"state": "failed" if seed else "finished", "update": 5})
    Run(tmp_path / next(p.name for p in tmp_path.iterdir())).write_json("result", {"test_error": 0.5})
    table = collect(tmp_path)
    assert sorted(table["seed"]) == [0, 1]
    assert set(table["state"]) == {"finished", "failed"}
    assert (table["dataset"] == "shapeset").all()
    assert table["test_error"].notna().sum() == 1


def test_collect_says_when_there_is_no_such_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder of runs"):
        collect(tmp_path / "nothing")
    assert collect(tmp_path).empty


def test_components_are_columns_with_their_options(tmp_path):
    for init in ("standard", Init("normalized_hidden", (("scale", 1.1),))):
        Run.create(tmp_path, Experiment(init=init))
    table = collect(tmp_path).set_index("init")
    assert set(table.index) == {"standard", "normalized_hidden"}
    assert table.loc["normalized_hidden", "init_scale"] == 1.1
    assert set(table["activation"]) == {"tanh"}


@pytest.mark.parametrize("content", ["", "depth: [", "- 3", "depth: 0", "protocol: 9"])
def test_one_unreadable_folder_does_not_hide_the_others(tmp_path, content):
    good, bad = (Run.create(tmp_path, Experiment(seed=seed)) for seed in (0, 1))
    (bad.path / "config.yaml").write_text(content)
    with pytest.warns(UserWarning, match=bad.path.name):
        table = collect(tmp_path)
    assert table["run_id"].tolist() == [good.path.name]
