"""JAX: a step is one call of a compiled function, and is waited for."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

import funnet as fn
from tests.benchmarks.peers import Run
from tests.benchmarks.peers.formulas import forward, loss
from tests.benchmarks.works import Work


def train(work: Work) -> Run:
    net = forward(jnp, work, _scan, _convolve, _pool)
    x, target = jnp.asarray(work.x), jnp.asarray(work.target)
    example, rate = x[:1], work.optimizer.rate
    start = [jnp.asarray(leaf) for leaf in work.leaves()]
    moments = [jnp.zeros_like(p) for p in start]

    def gradient(params: Any, x: Any, target: Any) -> Any:
        return jax.value_and_grad(lambda params: loss(jnp, work, net(params, x), target))(params)

    def sgd(state: Any, x: Any, target: Any) -> Any:
        (params,) = state
        value, grads = gradient(params, x, target)
        return ([p - rate * g for p, g in zip(params, grads, strict=True)],), value

    def adam(state: Any, x: Any, target: Any) -> Any:
        params, ms, vs, count = state
        value, grads = gradient(params, x, target)
        ms = [0.9 * m + 0.1 * g for m, g in zip(ms, grads, strict=True)]
        vs = [0.999 * v + 0.001 * g**2 for v, g in zip(vs, grads, strict=True)]
        m_scale, v_scale = 1 - 0.9 ** (count + 1), 1 - 0.999 ** (count + 1)
        params = [
            p - rate * (m / m_scale) / (jnp.sqrt(v / v_scale) + 1e-8)
            for p, m, v in zip(params, ms, vs, strict=True)
        ]
        return (params, ms, vs, count + 1), value

    is_adam = isinstance(work.optimizer, fn.adam)
    compiled = jax.jit(adam if is_adam else sgd)
    inference = jax.jit(net)
    beginning = (start, moments, moments, jnp.float32(0)) if is_adam else (start,)
    state = beginning

    def step() -> Any:
        nonlocal state
        state, value = compiled(state, x, target)
        jax.block_until_ready(state)
        return value

    def reset() -> None:
        nonlocal state
        state = beginning

    return Run(step, reset, lambda: jax.block_until_ready(inference(state[0], example)))


def _scan(cell: Any, x: Any, state: Any) -> Any:
    return lax.scan(lambda state, x: (cell(x, *state), None), state, x.swapaxes(0, 1))[0]


def _convolve(x: Any, w: Any) -> Any:
    return lax.conv_general_dilated(x, w, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def _pool(xp: Any, x: Any) -> Any:
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
