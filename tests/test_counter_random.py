"""The counter-based random numbers: known answers, the layout of the counter, and uniformity."""

import numpy as np
import pytest
import torch
from scipy import stats

from repro.counter_random import MAX_SEED, below, philox, unit

ONES = 0xFFFFFFFF


def philox_by_the_book(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10 in Python's own integers, as its authors define it."""
    for _ in range(10):
        product_0, product_1 = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [
            (product_1 >> 32) ^ counter[1] ^ key[0],
            product_1 & ONES,
            (product_0 >> 32) ^ counter[3] ^ key[1],
            product_0 & ONES,
        ]
        key = [(key[0] + 0x9E3779B9) & ONES, (key[1] + 0xBB67AE85) & ONES]
    return counter


# The known answers that the authors publish with their library, Random123.
KNOWN = [
    ([0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ([ONES] * 4, [ONES] * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter: list[int], key: list[int], answer: str) -> None:
    assert " ".join(f"{word:08x}" for word in philox_by_the_book(counter, key)) == answer
    index = counter[0] | counter[1] << 32
    if index < 2**63:  # an index is a non-negative int64
        words = philox(key[0] | key[1] << 32, torch.tensor(index), counter[2], counter[3])
        assert " ".join(f"{word:08x}" for word in words.tolist()) == answer


def test_arbitrary_counters() -> None:
    rng = np.random.default_rng(0)
    for seed in (0, 1, 2**32, MAX_SEED):
        index = torch.from_numpy(rng.integers(0, 2**63, 50))
        block = torch.from_numpy(rng.integers(0, 2**32, 50))
        words = philox(seed, index, block, stream=ONES)
        assert words.shape == (4, 50)
        for i, b, four in zip(index.tolist(), block.tolist(), words.T.tolist(), strict=True):
            assert four == philox_by_the_book([i & ONES, i >> 32, b, ONES], [seed & ONES, seed >> 32])


def test_shapes_broadcast() -> None:
    index = torch.arange(5)
    words = philox(3, index[:, None], torch.arange(7))
    assert words.shape == (4, 5, 7)
    torch.testing.assert_close(words[:, :, 6], philox(3, index, 6))


def test_no_two_counters_share_words() -> None:
    index = torch.tensor([0, 1, 2, 2**32, 2**32 + 1, 2**62])[:, None]
    seen = [
        tuple(words)
        for seed in (0, 1, 2**32)
        for stream in (0, 1, 2)
        for words in philox(seed, index, torch.arange(60), stream).flatten(1).T.tolist()
    ]
    assert len(set(seen)) == len(seen) == 6 * 60 * 9


def test_unit_is_strictly_inside() -> None:
    words = torch.tensor([0, 2**31, ONES])
    assert unit(words).tolist() == [2.0**-33, 0.5 + 2.0**-33, 1 - 2.0**-33]


def test_below_covers_its_range() -> None:
    assert below(torch.tensor([0, 2**31, ONES]), 254).tolist() == [0, 127, 253]
    assert below(torch.tensor([ONES, ONES]), torch.tensor([1, 2**31])).tolist() == [0, 2**31 - 1]


def test_words_are_uniform_and_independent() -> None:
    n = 16_000
    words = philox(7, torch.arange(n), torch.arange(2)[:, None]).reshape(8, -1)
    p_values = [stats.kstest(u, "uniform").pvalue for u in unit(words).numpy()]
    assert min(p_values) > 0.01 / len(p_values)
    bits = (words[:, None] >> torch.arange(32)[:, None]) & 1
    assert (bits.double().mean(-1) - 0.5).abs().max() < 5 * 0.5 / n**0.5
    u = unit(words)
    # Between the words of an example, and between one example and the next.
    for pairs in (torch.corrcoef(u), torch.corrcoef(torch.cat([u[:, 1:], u[:, :-1]]))[:8, 8:]):
        assert (pairs - torch.diag(pairs.diagonal().round())).abs().max() < 5 / n**0.5


@pytest.mark.parametrize(
    ("seed", "stream", "message"),
    [
        (-1, 0, "seed must be an integer from 0 to"),
        (2**64, 0, "seed must be an integer from 0 to"),
        (0, -1, "stream must be an integer from 0 to"),
        (0, 2**32, "stream must be an integer from 0 to"),
    ],
)
def test_bad_keys(seed: int, stream: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        philox(seed, torch.arange(3), 0, stream)
