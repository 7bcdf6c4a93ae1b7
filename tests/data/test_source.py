import pytest
import torch

from repro.data.shapeset.author import AuthorStream
from repro.data.shapeset.stream import Shapeset
from repro.data.source import load
from repro.data.streams import SequentialStream
from repro.experiment.settings import Dataset, Experiment
from repro.experiment.values import ConfigError


def experiment(name="shapeset", **changes):
    return Experiment(dataset=Dataset(name), n_valid=300, n_test=400, **changes)


def test_batches_are_the_stream_however_they_are_asked_for():
    data = load(experiment(batch_size=7))
    x, y = data.batches(3, 4)  # updates 3 to 6: examples 21 to 48
    pixels, labels = Shapeset(0).examples(21, 28)
    torch.testing.assert_close(x.flatten(0, 1), pixels.float() / 255)
    assert torch.equal(y.flatten(), labels)
    for update in (2000, 5, 4, 1170, 1171, 0, 100_000):  # back, forth and across the buffer's end
        again = load(experiment(batch_size=7)).batches(update, 2)
        for one, other in zip(data.batches(update, 2), again, strict=True):
            assert torch.equal(one, other)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 1.0)])
def test_input_range(low, high):
    data = load(Experiment(dataset=Dataset(low=low, high=high), n_valid=300, n_test=300))
    grey = torch.tensor([0, 51, 255], dtype=torch.uint8)
    expected = torch.tensor([low, low + 0.2 * (high - low), high])
    torch.testing.assert_close(data.inputs(grey), expected)


def test_held_out_sets_are_the_same_for_all_seeds_and_not_for_training():
    one, other = load(experiment()), load(experiment(seed=5))
    assert torch.equal(one.test.pixels, other.test.pixels)
    assert torch.equal(one.valid.labels, other.valid.labels)
    assert not torch.equal(one.valid.pixels[:300], one.test.pixels[:300])
    assert not torch.equal(one.batches(0, 1)[0], other.batches(0, 1)[0])
    trained_on = {bytes(row) for row in Shapeset(0).examples(0, 2000)[0].numpy()}
    assert not trained_on & {bytes(row) for row in one.test.pixels.numpy()}


def test_chunks_cover_a_split_once():
    data = load(experiment())
    chunks = list(data.chunks(data.test, size=150))
    assert [len(y) for _, y in chunks] == [150, 150, 100]
    assert torch.equal(torch.cat([y for _, y in chunks]), data.test.labels)


def test_one_object_has_three_classes():
    data = load(experiment("shapeset_one_object"))
    assert set(data.batches(0, 20)[1].flatten().tolist()) == {0, 1, 2}
    assert data.n_classes == 9


def test_the_original_stream_can_be_trained_on_and_resumed():
    images, labels = AuthorStream(3).take(30)
    data = load(experiment("shapeset_author", seed=3))
    x, y = data.batches(1, 2)
    torch.testing.assert_close(x.flatten(0, 1) * 255, torch.from_numpy(images[10:]).flatten(1).float())
    assert y.flatten().tolist() == labels[10:].tolist()


def test_the_sequential_stream_reads_from_anywhere():
    stream = SequentialStream(0, torch.device("cpu"))
    whole = AuthorStream(0).take(50)[1].tolist()
    for start in (10, 30, 0, 45):
        assert stream.examples(start, 5)[1].tolist() == whole[start : start + 5]


def test_a_fixed_set_is_the_first_part_of_the_stream_again_and_again():
    """Every pass has each example once, in another order; validation and test sets stay."""
    endless, fixed = (load(experiment(n_train=n)) for n in (None, 60))
    first = endless.batches(0, 6)[0].flatten(0, 1)
    passes = [fixed.batches(6 * k, 6)[0].flatten(0, 1) for k in range(3)]
    for one in passes:
        assert sorted(map(tuple, one.tolist())) == sorted(map(tuple, first.tolist()))
    assert not torch.equal(passes[0], passes[1]) and not torch.equal(passes[1], passes[2])
    assert torch.equal(endless.valid.pixels, fixed.valid.pixels)
    assert torch.equal(endless.test.labels, fixed.test.labels)


def test_a_fixed_set_is_no_larger_than_the_data(shared):
    with pytest.raises(ConfigError, match="n_train = 60000: mnist has only 50000 images"):
        load(experiment("mnist", n_train=60_000), root=shared / "data")
