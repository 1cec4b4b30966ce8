"""The objective: named terms of a state, as numbers for autograd, and as the quadratic form that Gauss-Newton takes steps on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from data_prep.fitting.camera import Camera
from data_prep.fitting.config import Weights
from data_prep.fitting.motion import State
from data_prep.fitting.observed import EYES_APART, ROBUST, Observed
from data_prep.fitting.points import Points, crosses

KINDS = ("landmark", "lip_gap", "lid_gap", "gaze")


@dataclass(frozen=True, eq=False)
class Objective:
    """All that a fit is judged by.

    metric, habit (C, C): cost of controls beside what the rule says, and of the controls themselves. steady (3, 3): of a turn
    of the head beside what the rule says. calm (C + 6,):
    cost of the change from frame to frame, the head's rotation (radians) and place (metres) last. spread: usual strength
    of a change of shape.
    """

    points: Points
    camera: Camera
    weights: Weights
    metric: Tensor
    habit: Tensor
    steady: Tensor
    calm: Tensor
    spread: float

    def terms(self, state: State, seen: Observed, still: bool = False) -> dict[str, Tensor]:
        """Every term, (T,) or (T - 1,) or (); differentiable. still: without what links frames."""
        apart = (state.pixels(self.points, self.camera) - seen.pixels) / seen.unit[:, None, None]
        rows = torch.einsum("rn,tnx->trx", seen.mixing, apart)
        squares = seen.weight * rows.square().sum(dim=-1)
        out = {}
        for kind in KINDS:
            part = squares[:, seen.rows(kind)]
            out[kind] = (_huber(part) if kind == "landmark" else part).sum(dim=1)
        between, shut = seen.lips()
        deep = self._before(self.points.places(state.controls, state.shape), state, between)
        out["lip_depth"] = self.weights.lip_depth * (shut * deep.square()).sum(dim=1)
        off = state.controls - seen.expected
        out["score"] = seen.trust * torch.einsum("tc,cd,td->t", off, self.metric, off)
        aside = _aside(state.turn @ seen.turned.transpose(-1, -2))
        out["turn"] = seen.trust * torch.einsum("ta,ab,tb->t", aside, self.steady, aside)
        out["amount"] = torch.einsum("tc,cd,td->t", state.controls, self.habit, state.controls)
        out["shape"] = self.weights.shape * (state.shape / self.spread).square().sum()
        if not still and len(state.controls) > 1:
            change = _change(state)
            count = state.controls.shape[1]
            out["smooth"] = change[:, :count].square() @ self.calm[:count]
            out["pose"] = change[:, count:].square() @ self.calm[count:]
        return out

    def cost(self, state: State, seen: Observed, still: bool = False) -> Tensor:
        """The sum of all terms, ()."""
        return torch.stack([term.sum() for term in self.terms(state, seen, still).values()]).sum()

    def quadratic(self, state: State, seen: Observed) -> Quadratic:
        """Half the slope and half the curvature of what does not link frames."""
        count, shapes = state.controls.shape[1], len(state.shape)
        upright, by_control, by_shape = self.points.derivatives(state.controls, state.shape)
        turned = upright @ state.turn.transpose(-1, -2)
        inside = turned + state.place[:, None]
        slopes = self.camera.slopes(inside, state.place) / seen.unit[:, None, None, None]
        turning = slopes @ state.turn[:, None]
        by_place = self.camera.slopes_by_place(inside, state.place) / seen.unit[:, None, None, None]
        jacobian = torch.cat([turning @ by_control, -slopes @ crosses(turned), by_place, turning @ by_shape], dim=-1)
        apart = (self.camera.project(inside, state.place) - seen.pixels) / seen.unit[:, None, None]
        frames, points = len(upright), len(self.points.rest)
        extra = seen.mixing[points:]  # the first rows are the landmarks themselves
        jacobian = torch.cat([jacobian, torch.einsum("rn,tnxk->trxk", extra, jacobian)], dim=1)
        rows = torch.cat([apart, torch.einsum("rn,tnx->trx", extra, apart)], dim=1)
        weight = seen.weight.clone()
        weight[:, :points] *= _robust(weight[:, :points] * apart.square().sum(dim=-1))
        root = weight.sqrt()[..., None]
        scaled = (root[..., None] * jacobian).reshape(frames, -1, count + 6 + shapes)
        gradient = scaled.transpose(1, 2) @ (root * rows).reshape(frames, -1, 1)
        square = scaled.transpose(1, 2) @ scaled
        between, shut = seen.lips()
        deep = self._before(upright, state, between)
        moves = torch.cat([by_control[..., 2, :], torch.zeros(frames, points, 6),
                           by_shape[..., 2, :] - self.points.identity[..., 2].T], dim=-1)  # fmt: skip
        moves = torch.einsum("rn,tnk->trk", between, moves) / EYES_APART
        pressed = self.weights.lip_depth * shut[..., None] * moves
        gradient = gradient + pressed.transpose(1, 2) @ deep[..., None]
        square = square + pressed.transpose(1, 2) @ moves
        own, gradient = square[:, : count + 6, : count + 6].clone(), gradient[..., 0]
        slope = gradient[:, : count + 6].clone()
        slope[:, :count] += seen.trust[:, None] * ((state.controls - seen.expected) @ self.metric)
        slope[:, :count] += state.controls @ self.habit
        between = state.turn @ seen.turned.transpose(-1, -2)
        traces = between.diagonal(dim1=1, dim2=2).sum(dim=1)[:, None, None]
        pull = 0.5 * (traces * torch.eye(3) - between)  # of the axis-angle beside, by a turn in the camera's axes
        force = (self.steady @ pull) * seen.trust[:, None, None]
        slope[:, count : count + 3] += torch.einsum("tab,ta->tb", force, _aside(between))
        own[:, count : count + 3, count : count + 3] += pull.transpose(-1, -2) @ force
        own[:, :count, :count] += seen.trust[:, None, None] * self.metric + self.habit
        prior = self.weights.shape / self.spread**2
        return Quadratic(
            own, slope, square[:, : count + 6, count + 6 :],
            square[:, count + 6 :, count + 6 :].sum(dim=0) + prior * torch.eye(shapes),
            gradient[:, count + 6 :].sum(dim=0) + prior * state.shape,
        )  # fmt: skip

    def _before(self, upright: Tensor, state: State, between: Tensor) -> Tensor:
        """(T, 9) how far the upper lip is before the lower one, other than at rest, as a share of the eyes' distance."""
        rest = self.points.rest[:, 2] + torch.einsum("s,sn->n", state.shape, self.points.identity[..., 2])
        return (upright[..., 2] - rest) @ between.T / EYES_APART

    def link_slope(self, state: State) -> Tensor:
        """(T, C + 6) half the slope of what links frames."""
        out = torch.zeros(len(state.controls), len(self.calm))
        if len(out) > 1:
            pull = _change(state) * self.calm
            out[1:] += pull
            out[:-1] -= pull
        return out


@dataclass(frozen=True, eq=False)
class Quadratic:
    """own (T, K, K) and slope (T, K) of each frame's K = C + 6 numbers; mixed (T, K, S) with the shape; its shape (S, S) and
    shape_slope (S,).
    """

    own: Tensor
    slope: Tensor
    mixed: Tensor
    shape: Tensor
    shape_slope: Tensor


def _change(state: State) -> Tensor:
    """(T - 1, C + 6) change of everything from frame to frame; of the rotation, in the camera's axes."""
    between = state.turn[1:] @ state.turn[:-1].transpose(-1, -2)
    return torch.cat([state.controls.diff(dim=0), _aside(between), state.place.diff(dim=0)], dim=1)


def _aside(turn: Tensor) -> Tensor:
    """(T, 3) axis times the sine of the angle of rotations (T, 3, 3)."""
    skew = 0.5 * (turn - turn.transpose(-1, -2))
    return torch.stack([skew[:, 2, 1], skew[:, 0, 2], skew[:, 1, 0]], dim=1)


def _huber(squares: Tensor) -> Tensor:
    """Pseudo-Huber cost of weighted squares: quadratic up to `ROBUST` units, linear beyond."""
    return 2.0 * ROBUST**2 * ((1.0 + squares / ROBUST**2).sqrt() - 1.0)


def _robust(squares: Tensor) -> Tensor:
    """The factor by which a square counts less in a step of reweighted least squares."""
    return (1.0 + squares / ROBUST**2).rsqrt()
