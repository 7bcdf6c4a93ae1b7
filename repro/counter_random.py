"""Counter-based random numbers: word i of a stream is computed from i alone, on any device, in any order.

The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
SC 2011), written in 64-bit integer tensor arithmetic, so that it gives the same bits everywhere and leaves
torch's own random state alone.
"""

import torch
from torch import Tensor

ROUNDS = 10
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
WORD = 0xFFFFFFFF
MAX_SEED = 2**64 - 1


def philox(seed: int, index: Tensor, block: Tensor | int, stream: int = 0) -> Tensor:
    """Four random 32-bit words for every (index, block), as int64 `[4, *broadcast shape]` in 0 .. 2**32 - 1.

    seed: the 64-bit key. index: int64, any non-negative value; block and stream: 0 .. 2**32 - 1. The three
    fill separate bits of the 128-bit counter, so different triples never share a counter, and for one seed
    Philox is a bijection of it. index and block broadcast against each other. Raises ValueError for a seed
    or a stream out of range.
    """
    if not 0 <= seed <= MAX_SEED:
        raise ValueError(f"seed must be an integer from 0 to 2**64 - 1, got {seed}")
    if not 0 <= stream <= WORD:
        raise ValueError(f"stream must be an integer from 0 to 2**32 - 1, got {stream}")
    index, blocks = torch.broadcast_tensors(index, torch.as_tensor(block, device=index.device))
    a, b, c, d = index & WORD, index >> 32, blocks & WORD, torch.full_like(index, stream)
    key_a, key_c = seed & WORD, seed >> 32
    for _ in range(ROUNDS):
        # A 32 x 32 bit product wraps around in int64, but its 64 bits are right. Only the factors a and c
        # have to be clean 32-bit words; the upper bits of b and d are cleared when they return as factors.
        product_a, product_c = a * MULTIPLIERS[0], c * MULTIPLIERS[1]
        a = (product_c >> 32).bitwise_xor_(b).bitwise_xor_(key_a).bitwise_and_(WORD)
        c = (product_a >> 32).bitwise_xor_(d).bitwise_xor_(key_c).bitwise_and_(WORD)
        b, d = product_c, product_a
        key_a, key_c = (key_a + KEY_STEPS[0]) & WORD, (key_c + KEY_STEPS[1]) & WORD
    return torch.stack((a, b & WORD, c, d & WORD))


def unit(words: Tensor) -> Tensor:
    """Uniform float64 strictly between 0 and 1, one for each 32-bit word: (word + 1/2) / 2**32, exactly."""
    return words.double().add_(0.5).mul_(2.0**-32)


def below(words: Tensor, size: Tensor | int) -> Tensor:
    """Uniform integers 0 .. size - 1 (int64), one for each 32-bit word; size at most 2**31.

    The upper half of word * size. Probabilities are even to within size / 2**32.
    """
    return words * size >> 32
