"""What each data set consists of: file names, sizes, checksums, where they may lie and where to get them.

Where the checksums come from. `offered` of MNIST and Fashion-MNIST, of CIFAR-10's archive and of its Python
batches: the lists in torchvision 0.29 (datasets/mnist.py, datasets/cifar.py). `content` of MNIST: computed from
files with those MD5 sums. `content` of Fashion-MNIST: computed from Debian's package, whose files are the
published ones without the names in their gzip headers: with name and time put back they have torchvision's MD5
sums. CIFAR-10's binary training batches: computed from files that have the MD5 sums published with them; that of
`test_batch.bin` is the published one, not computed here.
"""

from repro.data.store import Archive, DataSet, File, Version

TITLES = {
    "shapeset": "Shapeset-3x2",
    "shapeset_one_object": "Shapeset-3x2, one object",
    "shapeset_author": "Shapeset-3x2, original generator",
    "mnist": "MNIST",
    "fashion_mnist": "Fashion-MNIST",
    "cifar10": "CIFAR-10",
    "cifar10_holdout": "CIFAR-10 with a test set held out of the training images (30,000 / 10,000 / 10,000)",
    "small_imagenet": "Small-ImageNet, rebuilt",
}
"""How a data set must be called wherever its results are shown, by name in the configuration."""
