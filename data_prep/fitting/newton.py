"""Steps of Gauss-Newton within bounds, over all frames of a clip at once.

Controls at a bound that the slope presses against stay there (projected Newton; Bertsekas 1982). Frames are linked by the
change between neighbours alone, so the step is solved for by conjugate gradients with each frame's own matrix as the
preconditioner: a few rounds. The shape, which all frames share, is eliminated (Schur's complement). Damping as by
Levenberg and Marquardt.
"""

from __future__ import annotations

import torch
from torch import Tensor

from data_prep.fitting.motion import State
from data_prep.fitting.observed import Observed
from data_prep.fitting.terms import Objective, Quadratic

DAMPING, LEAST, MOST = 1e-2, 1e-4, 1e4
ENOUGH = 1e-3
"""Share of the cost by which a step must lower it to be worth another one."""


def descend(
    objective: Objective,
    state: State,
    seen: Observed,
    low: Tensor,
    high: Tensor,
    rounds: int,
    still: bool = False,
    frozen: Tensor | None = None,
) -> State:
    """The state after at most so many steps. low, high (C,): ranges of the controls. still: frames are not linked.

    frozen: (C + 6,) bool, what does not move.
    """
    damping, count = DAMPING, len(low)
    calm = torch.zeros_like(objective.calm) if still or len(state.controls) < 2 else objective.calm
    cost = float(objective.cost(state, seen, still))
    furthest = 4.0 * objective.spread
    for _ in range(rounds):
        form = objective.quadratic(state, seen)
        slope = form.slope + (objective.link_slope(state) if calm.any() else 0.0)
        held = torch.zeros_like(slope, dtype=torch.bool)
        held[:, :count] = ((state.controls <= low) & (slope[:, :count] > 0)) | (
            (state.controls >= high) & (slope[:, :count] < 0)
        )
        if frozen is not None:
            held |= frozen
        before, gained = cost, False
        while damping <= MOST:
            step, by_shape = _step(form, slope, held, calm, damping)
            trial = state.moved(step, by_shape, low, high, furthest)
            after = float(objective.cost(trial, seen, still))
            if after < cost:
                state, cost, gained = trial, after, True
                damping = max(damping / 5.0, LEAST)
                break
            damping *= 8.0
        if not gained or before - cost < ENOUGH * before:
            break
    return state


def _step(form: Quadratic, slope: Tensor, held: Tensor, calm: Tensor, damping: float) -> tuple[Tensor, Tensor]:
    """(T, K) and (S,) the step."""
    free = (~held).to(slope.dtype)
    own = form.own * free[:, :, None] * free[:, None, :]
    diagonal = form.own.diagonal(dim1=1, dim2=2)
    own = own + torch.diag_embed(damping * diagonal + 1e-6 + held.to(slope.dtype) * diagonal)
    right = torch.cat([(-slope * free)[..., None], form.mixed * free[..., None]], dim=-1)
    solved = _solve(own, right, calm, free)
    step, answer = solved[..., 0], solved[..., 1:]
    if not answer.shape[-1]:
        return step, step.new_zeros(0)
    mixed = form.mixed * free[..., None]
    left = form.shape - torch.einsum("tks,tkr->sr", mixed, answer)
    left = left + torch.diag(damping * form.shape.diagonal())
    goal = -form.shape_slope - torch.einsum("tks,tk->s", mixed, step)
    by_shape = torch.linalg.solve(left, goal)
    return step - answer @ by_shape, by_shape


def _solve(own: Tensor, right: Tensor, calm: Tensor, free: Tensor, most: int = 40) -> Tensor:
    """(T, K, M) x with own x + links x = right (T, K, M)."""
    links = _ends(len(own))[:, None] * calm * free
    factor, failed = torch.linalg.cholesky_ex(own + torch.diag_embed(links))
    if failed.any():
        raise FloatingPointError("the fit's matrix is not positive definite")
    solved = torch.cholesky_solve(right, factor)
    if not calm.any():
        return solved

    def times(x: Tensor) -> Tensor:
        y = own @ x
        change = calm[:, None] * (x[1:] - x[:-1])
        y[1:] += change * free[1:, :, None]
        y[:-1] -= change * free[:-1, :, None]
        return y

    x = solved
    rest = right - times(x)
    ready = torch.cholesky_solve(rest, factor)
    way = ready
    product = (rest * ready).sum(dim=(0, 1))
    goal = 1e-6 * (right * solved).sum(dim=(0, 1)).abs()
    for _ in range(most):
        if (product <= goal).all():
            break
        image = times(way)
        pace = product / (way * image).sum(dim=(0, 1)).clamp(min=1e-20)
        x, rest = x + pace * way, rest - pace * image
        ready = torch.cholesky_solve(rest, factor)
        new = (rest * ready).sum(dim=(0, 1))
        way = ready + new / product.clamp(min=1e-20) * way
        product = new
    return x


def _ends(frames: int) -> Tensor:
    """(T,) how many neighbours each frame has."""
    out = torch.full((frames,), 2.0)
    out[0] -= 1.0
    out[-1] -= 1.0
    return out.clamp(min=0.0)
