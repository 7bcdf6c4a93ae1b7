"""The same training as others would write it: the references of the speed table.

A contender is built once for a task and then makes updates on demand: `make(task, device) -> run`,
`run(blocks)`. All train the same networks on the same kind of inputs, held in memory, so that only the
training itself is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from repro.bench.tasks import CLASSES, FEATURES, LR, Task

Run = Callable[[int], None]
"""Makes so many blocks of `task.block` updates of each network."""


def batches(task: Task, device: str) -> tuple[Tensor, Tensor]:
    """x float32 [block, B, FEATURES] in [0, 1], y int64 [block, B]."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(task.block, task.batch, FEATURES, generator=generator)
    y = torch.randint(CLASSES, (task.block, task.batch), generator=generator)
    return x.to(device), y.to(device)


def idiomatic(task: Task, device: str, compiled: bool = False) -> Run:
    """nn.Sequential, CrossEntropyLoss and SGD, with autograd; on request through torch.compile.

    Several networks are trained one after the other.
    """
    x, y = batches(task, device)
    steps = [_step(task, device, compiled) for _ in range(task.networks)]

    def run(blocks: int) -> None:
        for _ in range(blocks):
            for step in steps:
                for x_u, y_u in zip(x, y, strict=True):
                    step(x_u, y_u)

    return run


def _step(task: Task, device: str, compiled: bool) -> Callable[[Tensor, Tensor], None]:
    layers: list[nn.Module] = []
    for fan_in, fan_out in task.pairs:
        layers += [nn.Linear(fan_in, fan_out), nn.Tanh()]
    model = nn.Sequential(*layers[:-1]).to(device)
    cost, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=LR)

    def step(x_u: Tensor, y_u: Tensor) -> None:
        optimizer.zero_grad()
        cost(model(x_u), y_u).backward()
        optimizer.step()

    return torch.compile(step) if compiled else step


def jax_scan(task: Task, device: str) -> Run:
    """JAX: one jitted scan over the block's updates, buffers donated, networks by vmap.

    Raises ImportError without JAX.
    """
    import jax
    import jax.numpy as jnp

    x, y = (jnp.asarray(part.numpy()) for part in batches(task, "cpu"))
    key = jax.random.PRNGKey(0)
    R = (task.networks,) if task.networks > 1 else ()
    parameters = [
        (jax.random.uniform(key, (*R, a, b), minval=-(a**-0.5), maxval=a**-0.5), jnp.zeros((*R, b)))
        for a, b in task.pairs
    ]

    def cost(parameters: Any, x_u: Any, y_u: Any) -> Any:
        z = x_u
        for W, b in parameters[:-1]:
            z = jnp.tanh(z @ W + b)
        W, b = parameters[-1]
        return -jax.nn.log_softmax(z @ W + b)[jnp.arange(task.batch), y_u].mean()

    gradient = jax.grad(cost)
    if R:
        gradient = jax.vmap(gradient, in_axes=(0, None, None))

    def update(parameters: Any, batch: Any) -> Any:
        return jax.tree.map(lambda p, g: p - LR * g, parameters, gradient(parameters, *batch)), None

    block = jax.jit(lambda p: jax.lax.scan(update, p, (x, y))[0], donate_argnums=0)

    def run(blocks: int) -> None:
        nonlocal parameters
        for _ in range(blocks):
            parameters = block(parameters)
        jax.block_until_ready(parameters)

    return run


def torch_vmap(task: Task, device: str) -> Run:
    """torch.func: gradients of all networks by vmap, through torch.compile(mode="reduce-overhead")."""
    x, y = batches(task, device)
    parameters = [
        (torch.empty(task.networks, b, a, device=device).uniform_(-(a**-0.5), a**-0.5),
         torch.zeros(task.networks, b, device=device))
        for a, b in task.pairs
    ]  # fmt: skip

    def cost(parameters: Any, x_u: Tensor, y_u: Tensor) -> Tensor:
        z = x_u
        for W, b in parameters[:-1]:
            z = torch.tanh(nn.functional.linear(z, W, b))
        return nn.functional.cross_entropy(nn.functional.linear(z, *parameters[-1]), y_u)

    gradient = torch.func.vmap(torch.func.grad(cost), in_dims=(0, None, None))

    @torch.compile(mode="reduce-overhead")
    def step(parameters: Any, x_u: Tensor, y_u: Tensor) -> None:
        for layer, changes in zip(parameters, gradient(parameters, x_u, y_u), strict=True):
            for p, g in zip(layer, changes, strict=True):
                p.sub_(g, alpha=LR)

    def run(blocks: int) -> None:
        for _ in range(blocks):
            for x_u, y_u in zip(x, y, strict=True):
                step(parameters, x_u, y_u)

    return run
