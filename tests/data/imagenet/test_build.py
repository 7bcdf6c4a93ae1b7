"""Small-ImageNet from small trees of images: balanced, deterministic, with an account of what was skipped."""

import contextlib
import json
import multiprocessing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from repro.data import sets
from repro.data.files.store import DataError
from repro.data.imagenet import build as small_imagenet
from repro.data.imagenet.build import build, figure1_images, find_tree, make, read, shrink, stored
from repro.data.imagenet.wordnet import CLASSES
from repro.data.source import load
from repro.experiment.settings import Dataset, Experiment, Monitor
from repro.experiment.values import ConfigError

GOLDFISH, BULLFROG, ALLIGATOR, GOOSE, KOALA = "n01443537", "n01641577", "n01698640", "n01855672", "n01882714"


def paint(tree, wnid, count, size=(50, 40), grey=None):
    """Images of one colour in a folder; the grey level tells folder and number unless it is given."""
    (tree / wnid).mkdir(parents=True, exist_ok=True)
    for i in range(count):
        level = grey if grey is not None else (int(wnid[1:]) + 7 * i) % 256
        Image.new("L", size, level).save(tree / wnid / f"{wnid}_{i}.JPEG")


@pytest.fixture
def root(tmp_path) -> Path:
    """A data root with a tree: 14 goldfish, 25 alligators, 11 + 2 birds and mammals, 5 bullfrogs."""
    tree = tmp_path / "imagenet"
    for wnid, count in ((GOLDFISH, 14), (ALLIGATOR, 25), (GOOSE, 22), (KOALA, 30), (BULLFROG, 5)):
        paint(tree, wnid, count)
    (tree / "words.txt").write_text("not a folder")
    return tmp_path


def test_classes_are_balanced_and_take_turns(root):
    parts = read(root).parts
    assert [len(part) for part in (parts.train, parts.valid, parts.test)] == [48, 4, 4]
    present = [CLASSES.index(name) for name in ("reptiles", "birds", "mammals", "fish")]
    for part in (parts.train, parts.valid, parts.test):
        assert part.labels.tolist() == present * (len(part) // 4)
        assert part.pixels.shape[1] == 1369
    assert parts.note == "rebuilt: 48 / 4 / 4 images of 4 of the 10 classes"


def test_no_image_is_in_two_parts(root):
    parts = read(root).parts
    goldfish = [part.pixels[part.labels == 4, 0].tolist() for part in (parts.train, parts.valid, parts.test)]
    levels = [level for part in goldfish for level in part]
    assert len(levels) == len(set(levels)) == 14


def test_the_account(root):
    paint(root / "imagenet", "n99999999", 3)  # no such noun
    (root / "imagenet" / "n03001627").mkdir()  # chair: furniture, but empty
    (root / "imagenet" / GOLDFISH / "broken.JPEG").write_bytes(b"\xff\xd8\xff nothing more")
    report = read(root).report
    assert report["found"]["fish"] == {"folders": 1, "images": 15}
    assert report["found"]["furniture"]["images"] == 0
    assert "furniture" in report["classes without images"]
    assert report["folders of no class"] == [BULLFROG, "n99999999"]
    assert list(report["not decoded"]) == [f"{GOLDFISH}/broken.JPEG"]
    assert report["images used of each class"] == 14
    assert json.loads((root / "small_imagenet" / "report.json").read_text()) == stored(root).report


def test_the_same_tree_gives_the_same_set(root, tmp_path):
    one = build(root / "imagenet")
    copy = tmp_path / "elsewhere" / "train"
    for path in reversed(sorted((root / "imagenet").rglob("*.JPEG"))):
        (copy / path.parent.name).mkdir(parents=True, exist_ok=True)
        (copy / path.parent.name / path.name).write_bytes(path.read_bytes())
    other = build(copy)
    np.testing.assert_array_equal(one.images.pixels, other.images.pixels)
    np.testing.assert_array_equal(one.images.labels, other.images.labels)


def test_it_is_made_once(root, monkeypatch):
    first = read(root)
    monkeypatch.setattr(small_imagenet, "build", None)
    again = read(root)
    np.testing.assert_array_equal(first.images.pixels, again.images.pixels)
    np.testing.assert_array_equal(first.images.labels, again.images.labels)


def test_making_it_anew(root):
    assert len(read(root).images) == 56
    paint(root / "imagenet", GOLDFISH, 20)
    done = []
    assert len(make(root, root / "imagenet", lambda step, total: done.append((step, total))).images) == 80
    assert len(done) == 80
    assert done[0] == (1, 80)
    assert len(read(root).images) == 80


def test_two_processes_at_once(root):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        one, other = pool.map(read, [root, root], chunksize=1)
    np.testing.assert_array_equal(one.images.pixels, other.images.pixels)


def test_at_most_the_papers_number(root, monkeypatch):
    monkeypatch.setattr(small_imagenet, "PER_CLASS", 12)
    assert len(read(root).images) == 48


@pytest.mark.parametrize("folder", ["imagenet/train", "imagenet_sample"])
def test_where_a_tree_may_lie(tmp_path, folder):
    with pytest.raises(DataError, match=r"link a tree .*imagenet"):
        find_tree(tmp_path)
    (tmp_path / folder / GOOSE).mkdir(parents=True)
    assert find_tree(tmp_path) == tmp_path / folder


def test_images_one_folder_down(tmp_path):
    paint(tmp_path / "tree" / GOOSE, "images", 0)
    for i in range(11):
        Image.new("RGB", (40, 40)).save(tmp_path / "tree" / GOOSE / "images" / f"{i}.jpg")
    assert len(build(tmp_path / "tree").images) == 11


def test_too_few_images(root):
    paint(root / "imagenet", "n03001627", 10)
    with pytest.raises(DataError, match=r"furniture 10.* a class needs 11 or none"):
        read(root)
    assert not (root / "small_imagenet" / "report.json").exists()
    assert not (root / "small_imagenet" / "images.npz").exists()


def test_no_image_of_any_class(tmp_path):
    paint(tmp_path, BULLFROG, 1)
    with pytest.raises(DataError, match=r"\(none\).*1 folders belong to no class"):
        build(tmp_path)
    with pytest.raises(DataError, match="can't be read"):
        build(tmp_path / "none")


def test_undecodable_images_shrink_every_class_alike(root):
    for path in sorted((root / "imagenet" / GOLDFISH).iterdir())[:3]:
        path.write_bytes(path.read_bytes()[:-100])
    built = read(root)
    assert len(built.report["not decoded"]) == 3
    assert np.bincount(built.images.labels, minlength=5)[[0, 2, 3, 4]].tolist() == [11] * 4


def test_a_data_root_that_can_not_be_written(root):
    (root / "small_imagenet").write_text("a file where the folder should be")
    with pytest.warns(UserWarning, match="not kept: can't write"):
        built = read(root)
    assert len(built.images) == 56
    with pytest.raises(DataError, match="can't write"):
        make(root, root / "imagenet", lambda done, total: None)


def test_a_full_disk_leaves_nothing_half_written(root, monkeypatch):
    def no_space(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", no_space)
    with pytest.warns(UserWarning, match="No space left"):
        assert len(read(root).images) == 56
    assert [path.name for path in (root / "small_imagenet").iterdir() if path.name != ".lock"] == []


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("images.npz", b"", "damaged; make it anew: python -m repro.data build"),
        ("images.npz", None, "can't be read"),
        ("report.json", b"", "can't be read"),
        ("report.json", b"\xff\xfe", "can't be read"),
        ("report.json", b"[" * 100_000, "can't be read"),
        ("report.json", b"[1]", "not made by this version"),
        ("report.json", b'{"recipe": 0}', "not made by this version"),
        ("report.json", b'{"recipe": 1}', "damaged"),
    ],
)
def test_damage_is_named(root, name, content, message):
    read(root)
    path = root / "small_imagenet" / name
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read(root)


# One image


def save(path, array, **settings):
    Image.fromarray(array).save(path, **settings)
    return path


def test_grey_is_luma(tmp_path):
    for colour, level in (((255, 0, 0), 76), ((0, 255, 0), 150), ((0, 0, 255), 29), ((255, 255, 255), 255)):
        array = np.tile(np.array(colour, np.uint8), (40, 40, 1))
        path = save(tmp_path / "f.JPEG", array, format="PNG")  # as some of ImageNet's are
        assert shrink(path).tolist() == [level] * 1369


@pytest.mark.parametrize("wide", [True, False])
def test_the_central_square_is_kept(tmp_path, wide):
    array = np.zeros((37, 57), np.uint8)
    array[:, 10:47] = np.arange(37 * 37).reshape(37, 37) % 256
    path = save(tmp_path / "f.png", array if wide else array.T.copy())
    expected = np.arange(37 * 37).reshape(37, 37) % 256
    np.testing.assert_array_equal(shrink(path).reshape(37, 37), expected if wide else expected.T)


def test_pixels_are_means_of_areas(tmp_path):
    array = np.random.default_rng(0).integers(0, 256, (74, 74), np.uint8)
    means = array.reshape(37, 2, 37, 2).mean((1, 3))
    shrunk = shrink(save(tmp_path / "f.png", array)).reshape(37, 37)
    assert np.abs(shrunk - means).max() <= 1  # rounded twice, along x and along y


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK"])
def test_any_mode_and_tiny_images(tmp_path, mode):
    Image.new(mode, (3, 2)).save(tmp_path / "f", format="JPEG" if mode == "CMYK" else "PNG")
    assert shrink(tmp_path / "f").shape == (1369,)


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("images") / "picture.JPEG"
    array = np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8)
    return save(path, array, format="JPEG").read_bytes(), path


@settings(deadline=None)
@given(at=st.integers(0, 2000), damage=st.binary(max_size=20), cut=st.integers(0, 2000))
@example(0, b"", 10_000)
def test_any_damage_to_an_image(picture, at, damage, cut):
    content, path = picture
    path.write_bytes((content[:at] + damage + content[at + len(damage) :])[: max(0, len(content) - cut)])
    with contextlib.suppress(DataError):
        assert shrink(path).shape == (1369,)


def test_an_enormous_image_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(DataError, match="DecompressionBomb"):
        shrink(save(tmp_path / "f.png", np.zeros((40, 40), np.uint8)))


# In use


def test_figure_1(root):
    with pytest.raises(DataError, match="only 48 training images; 50 are needed"):
        figure1_images(root)
    paint(root / "imagenet", GOLDFISH, 20)
    make(root, root / "imagenet", lambda done, total: None)
    images, names = figure1_images(root)
    assert (images.shape, images.dtype) == ((50, 37, 37), np.uint8)
    assert names[:5] == ["reptiles", "birds", "mammals", "fish", "reptiles"]


def test_as_training_sees_it(root):
    small = {"n_valid": 4, "n_test": 4, "monitor": Monitor(examples=4, batch=4)}
    made = read(root)
    wanted = sets.identified(Experiment(dataset=Dataset("small_imagenet"), **small), root)
    data = load(wanted, root=root)
    assert data.batches(7, 2)[0].shape == (2, 10, 1369)
    assert (data.n_classes, data.note) == (10, made.report["note"])
    with pytest.raises(ConfigError, match="n_valid = 10000: small_imagenet has only 4 images"):
        load(replace(wanted, n_valid=10_000, n_test=10_000), root=root)


def test_the_real_sample(shared):
    built = build(shared / "data" / "imagenet_sample")
    assert built.report["not decoded"] == {}
    assert built.report["sizes"] == [6, 6, 108]
    assert built.report["classes without images"] == ["furniture", "instruments", "tools", "flowers"]
    assert len(built.report["folders of no class"]) == 9
    assert 0.4 < built.images.pixels.mean() / 255 < 0.5
