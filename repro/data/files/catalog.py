"""What each data set consists of: file names, sizes, checksums, where they may lie and where to get them.

Where the checksums come from
- `offered` of MNIST and Fashion-MNIST, CIFAR-10's archive and its Python batches: torchvision's lists
  (datasets/mnist.py and datasets/cifar.py of version 0.29);
- `content` of MNIST: computed from files that have those MD5 sums;
- `content` of Fashion-MNIST: computed from Debian's package. Its files are the published ones without name
  and time in their gzip headers; with these put back they have torchvision's MD5 sums;
- CIFAR-10's binary batches: the MD5 sums published for them; computed too, except for `test_batch.bin`.
"""

from repro.data.files.store import Archive, File, Publication, Version

IDX_NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
IDX_SIZES = (47_040_016, 60_008, 7_840_016, 10_008)


def _idx_files(offered: tuple[str, ...], content: tuple[str, ...]) -> tuple[File, ...]:
    rows = zip(IDX_NAMES, IDX_SIZES, offered, content, strict=True)
    return tuple(File(name, f"sha256:{sha}", size, f"md5:{md5}") for name, size, md5, sha in rows)


MNIST = Publication(
    name="mnist",
    versions=(
        Version(
            ("mnist", "MNIST/raw"),
            _idx_files(
                (
                    "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                    "d53e105ee54ea40749a09fcbcd1e9432",
                    "9fb629c4189551a2d022fa330f9573f3",
                    "ec29112dd5afa0611ce80d1b7f02629c",
                ),
                (
                    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
                ),
            ),
        ),
    ),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "http://yann.lecun.com/exdb/mnist/",
    ),
    torchvision="MNIST",
)

FASHION_MNIST = Publication(
    name="fashion_mnist",
    versions=(
        Version(
            # The last is where Debian's package dataset-fashion-mnist puts them.
            ("fashion_mnist", "FashionMNIST/raw", "fashion-mnist", "/usr/share/datasets/fashion-mnist"),
            _idx_files(
                (
                    "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                    "25c81989df183df01b3e8a0aad5dffbe",
                    "bef4ecab320f06d8554ea6380940ec79",
                    "bb300cfdad3c16e7a12a480ee83cd310",
                ),
                (
                    "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                    "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                    "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                    "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
                ),
            ),
        ),
    ),
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
    torchvision="FashionMNIST",
)

_PYTHON_BATCHES = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
_BINARY_BATCHES = {
    "data_batch_1.bin": "5dd7e06a14cb22eb9f671a540d1b7c25",
    "data_batch_2.bin": "5ea93a67294ea407fff1d09f752e9692",
    "data_batch_3.bin": "942cd6a4bcdd0dd3c604fbe906cb4421",
    "data_batch_4.bin": "ae636b3ba5c66a11e91e8cb52e771fcb",
    "data_batch_5.bin": "53f37980c15c3d472c316c40844f3f0d",
    "test_batch.bin": "803d5f7f4d78ea53de84dbe85f74fb6d",
}

CIFAR10 = Publication(
    name="cifar10",
    versions=(
        Version(
            ("cifar10/cifar-10-batches-py", "cifar-10-batches-py"),
            tuple(File(name, f"md5:{md5}") for name, md5 in _PYTHON_BATCHES.items()),
        ),
        Version(
            ("cifar10/cifar-10-batches-bin", "cifar-10-batches-bin"),
            tuple(File(name, f"md5:{md5}", 30_730_000) for name, md5 in _BINARY_BATCHES.items()),
        ),
    ),
    mirrors=("https://www.cs.toronto.edu/~kriz/",),
    torchvision="CIFAR10",
    archive=Archive("cifar-10-python.tar.gz", "md5:c58f30108f718f92721af3b95e74349a"),
)

FETCHED = {dataset.name: dataset for dataset in (MNIST, FASHION_MNIST, CIFAR10)}
"""The data sets that can be downloaded, by name."""
