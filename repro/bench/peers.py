"""The same training as others would write it: the references of the speed table.

A contender is built once and then makes updates on demand: `make(device) -> run`, `run(updates)`. All train
the paper's network (5 x 1000 tanh units, 1024 inputs, 9 classes, batch 10) on the same kind of inputs,
held in memory, so that only the training itself is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

DEPTH, WIDTH, FEATURES, CLASSES, BATCH, LR = 5, 1000, 1024, 9, 10, 0.01
SIZES = (FEATURES, *(WIDTH,) * DEPTH, CLASSES)
BLOCK = 50
"""Updates between looks at the clock, and mini-batches held in memory."""

Run = Callable[[int], None]
"""Makes so many updates, a multiple of BLOCK."""


def batches(device: str) -> tuple[Tensor, Tensor]:
    """x float32 [BLOCK, BATCH, FEATURES] in [0, 1], y int64 [BLOCK, BATCH]."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(BLOCK, BATCH, FEATURES, generator=generator)
    return x.to(device), torch.randint(CLASSES, (BLOCK, BATCH), generator=generator).to(device)


def idiomatic(device: str, compiled: bool = False) -> Run:
    """nn.Sequential, CrossEntropyLoss and SGD, with autograd; on request through torch.compile."""
    x, y = batches(device)
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(SIZES):
        layers += [nn.Linear(fan_in, fan_out), nn.Tanh()]
    model = nn.Sequential(*layers[:-1]).to(device)
    cost, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=LR)

    def step(x_u: Tensor, y_u: Tensor) -> None:
        optimizer.zero_grad()
        cost(model(x_u), y_u).backward()
        optimizer.step()

    if compiled:
        step = torch.compile(step)

    def run(updates: int) -> None:
        for _ in range(updates // BLOCK):
            for x_u, y_u in zip(x, y, strict=True):
                step(x_u, y_u)

    return run


def jax_scan(device: str) -> Run:
    """JAX: one jitted scan over the block's updates, buffers donated. Raises ImportError without JAX."""
    import jax
    import jax.numpy as jnp

    x, y = (jnp.asarray(part.numpy()) for part in batches("cpu"))
    key = jax.random.PRNGKey(0)
    parameters = [
        (jax.random.uniform(key, (n_in, n_out), minval=-(n_in**-0.5), maxval=n_in**-0.5), jnp.zeros(n_out))
        for n_in, n_out in pairwise(SIZES)
    ]

    def cost(parameters, x_u, y_u):  # type: ignore[no-untyped-def]
        z = x_u
        for W, b in parameters[:-1]:
            z = jnp.tanh(z @ W + b)
        W, b = parameters[-1]
        return -jax.nn.log_softmax(z @ W + b)[jnp.arange(BATCH), y_u].mean()

    def update(parameters, batch):  # type: ignore[no-untyped-def]
        gradients = jax.grad(cost)(parameters, *batch)
        return jax.tree.map(lambda p, g: p - LR * g, parameters, gradients), None

    block = jax.jit(lambda p: jax.lax.scan(update, p, (x, y))[0], donate_argnums=0)

    def run(updates: int) -> None:
        nonlocal parameters
        for _ in range(updates // BLOCK):
            parameters = block(parameters)
        jax.block_until_ready(parameters)

    return run
