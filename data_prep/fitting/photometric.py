"""The photometric term: the fitted head drawn as the camera sees it must look as the video does.

Skin alone is drawn, in the light of nine spherical harmonics and with a colour for every vertex that is the same all through the
clip; both come from the video itself at the motion that the landmarks gave. Landmarks err by themselves in every frame; skin
that keeps its colour tells how it moved from one to the next. Hair, eyes and the inside of the mouth are not drawn and not
compared. Slopes come from the differentiable picture (`render.differentiable`), curvature from the slope of the video's
pictures at the vertices (Lucas & Kanade, 1981), and steps are taken together with all other terms (`newton.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from types import ModuleType

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from data_prep.fitting.landmarks import on_open
from data_prep.fitting.motion import State
from data_prep.fitting.newton import descend
from data_prep.fitting.observed import Observed
from data_prep.fitting.points import crosses
from data_prep.fitting.surface import Surface
from data_prep.fitting.terms import Objective, Quadratic
from data_prep.track import Track
from speechface import plugins
from speechface.skinning import rotations

SIDE = 112
"""Pixels along a side of the pictures compared."""
ROOM = 1.3
"""Side of the square that is compared, against the face's landmarks."""
PASSES, STEPS = 2, 3
"""How often the colours are found anew, and steps of Gauss-Newton after each."""
FRAMES = 32
"""Frames that the colours and the light are found from."""
NOISE = 0.02
"""Least deviation of a colour, 0..1, that is believed."""
ROBUST = 2.0
"""Deviations beyond which a pixel pulls no harder (pseudo-Huber)."""
HIDDEN = 0.004
"""Metres behind what is drawn at which a vertex is hidden."""
CLOSURES = 4.0
"""How much more the lips' gap counts meanwhile: the dark line between lips is in no drawn colour."""
TOGETHER = 24
"""Frames drawn at a time."""


@dataclass(frozen=True, eq=False)
class Crops:
    """pictures: (T, SIDE, SIDE, 3) uint8 of the face; windows: (T, 3) corner x, y and side of each in the video's pixels."""

    pictures: np.ndarray
    windows: np.ndarray

    def frames(self, which: slice) -> Crops:
        """The crops of some of the T frames."""
        return Crops(self.pictures[which], self.windows[which])

    @staticmethod
    def of(pictures: Iterable[np.ndarray], track: Track) -> Crops:
        """The face in every picture (H, W, 3) uint8 of the video that a track was made of; one picture is held at a time."""
        import cv2

        points = track.landmarks[:, on_open("preview").numbers, :2]
        low, high = points.min(axis=1), points.max(axis=1)
        side = ROOM * (high - low).max(axis=1, keepdims=True)
        windows = np.concatenate([(low + high - side) / 2.0, side], axis=1).astype(np.float32)
        out = np.zeros((len(track), SIDE, SIDE, 3), dtype=np.uint8)
        row = -1
        for row, picture in enumerate(pictures):
            x, y, wide = (float(value) for value in windows[row])
            near = cv2.warpAffine(
                picture, np.array([[SIDE / wide, 0.0, -x * SIDE / wide], [0.0, SIDE / wide, -y * SIDE / wide]]),
                (SIDE, SIDE), flags=cv2.INTER_AREA if wide > SIDE else cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
            )  # fmt: skip
            out[row] = near
        out[row + 1 :] = out[row]
        return Crops(out, windows)


@dataclass(frozen=True, eq=False)
class Photometric(Objective):
    """An objective with the term `photo` of some frames: pictures (T, S, S, 3) 0..1, windows (T, 3), mask (T, S, S).

    surface: what is drawn, with colours (n, 3) and light (9,). noise: deviation of a pixel. rasteriser: a module of
    `render.differentiable`.
    """

    surface: Surface
    pictures: Tensor
    windows: Tensor
    mask: Tensor
    colours: Tensor
    light: Tensor
    noise: float
    rasteriser: ModuleType

    def terms(self, state: State, seen: Observed, still: bool = False) -> dict[str, Tensor]:
        rows = torch.arange(len(state.controls)).split(TOGETHER)
        photo = torch.cat([self._photo(state.frames(part), part) for part in rows])
        return super().terms(state, seen, still) | {"photo": seen.trust * photo}

    def _photo(self, state: State, part: Tensor) -> Tensor:
        """(k,) cost of some frames."""
        drawn = self.drawn(state, self.windows[part])
        off = (drawn[..., :3] - drawn[..., 3:] * self.pictures[part]) / self.noise
        cost = 2.0 * ROBUST**2 * ((1.0 + off.square().sum(dim=-1) / ROBUST**2).sqrt() - 1.0)
        return self.weights.photometric * (self.mask[part] * cost).sum(dim=(1, 2))

    def drawn(self, state: State, windows: Tensor) -> Tensor:
        """(k, S, S, 4) pictures of the head, the last channel how much of a pixel it covers."""
        inside = state.in_camera(self.surface.points.places(state.controls, state.shape))
        faces = self.surface.faces
        shade = (_harmonics(self.rasteriser.normals(inside, faces)) @ self.light).clamp(min=0.1)
        colours = torch.cat([self.colours * shade[..., None], torch.ones_like(shade)[..., None]], dim=-1)
        return self.rasteriser.draw(
            self.places(inside, state, windows), colours, faces, self.surface.neighbours, (SIDE, SIDE)
        )

    def places(self, inside: Tensor, state: State, windows: Tensor) -> Tensor:
        """(k, n, 3) pixels of the windows, and depth in pixels, of points (k, n, 3) in the camera's axes."""
        scale = SIDE / windows[:, 2, None]
        flat = (self.camera.project(inside, state.place) - windows[:, None, :2]) * scale[..., None]
        depth = -inside[..., 2] * scale * self.camera.focal / -state.place[:, None, 2]
        return torch.cat([flat, depth[..., None]], dim=-1)

    def quadratic(self, state: State, seen: Observed) -> Quadratic:
        form = super().quadratic(state, seen)
        slope, own = form.slope.clone(), form.own.clone()
        for part in torch.arange(len(state.controls)).split(TOGETHER):
            trust = seen.trust[part]
            slope[part] += trust[:, None] * self._slope(state.frames(part), part)
            own[part] += trust[:, None, None] * self._curvature(state.frames(part), part)
        return replace(form, slope=slope, own=own)

    def _slope(self, state: State, part: Tensor) -> Tensor:
        """(k, C + 6) half the slope of the photometric cost, through the differentiable picture."""
        count = state.controls.shape[1]
        with torch.enable_grad():
            step = torch.zeros(len(state.controls), count + 6, requires_grad=True)
            moved = State(
                state.controls + step[:, :count], rotations(step[:, count : count + 3]) @ state.turn,
                state.place + step[:, count + 3 :], state.shape,
            )  # fmt: skip
            (gradient,) = torch.autograd.grad(self._photo(moved, part).sum(), step)
        return 0.5 * gradient

    def _curvature(self, state: State, part: Tensor) -> Tensor:
        """(k, C + 6, C + 6) half of Gauss and Newton's curvature, with the slope of the video at some of the vertices."""
        points = self.surface.sampled
        upright, by_control, _ = points.derivatives(state.controls, state.shape)
        turned = upright @ state.turn.transpose(-1, -2)
        inside, scale = turned + state.place[:, None], (SIDE / self.windows[part, 2])[:, None, None, None]
        slopes = scale * self.camera.slopes(inside, state.place)
        by_place = scale * self.camera.slopes_by_place(inside, state.place)
        jacobian = torch.cat([(slopes @ state.turn[:, None]) @ by_control, -slopes @ crosses(turned), by_place], dim=-1)
        places = self.places(inside, state, self.windows[part])
        tensor = _sampled(_steepness(self.pictures[part]) * self.mask[part, None], places)  # (k, n, 3): xx, yy, xy
        pixels = self.mask[part].sum(dim=(1, 2)) / len(points.rest)
        facing = (self._facing(inside) > 0.1).float()
        factor = self.weights.photometric / self.noise**2 * (pixels[:, None] * facing)[..., None, None]
        metric = factor * torch.stack([tensor[..., [0, 2]], tensor[..., [2, 1]]], dim=-2)
        return torch.einsum("knxa,knxy,knyb->kab", jacobian, metric, jacobian)

    def _facing(self, inside: Tensor) -> Tensor:
        """(k, n) cosine between normals at the sampled vertices (at rest, turned with the head) and the way to the camera."""
        middle = inside.mean(dim=1, keepdim=True)
        out = F.normalize(inside - middle - torch.tensor([0.0, 0.0, -0.08]), dim=-1)  # a face is a ball, for this
        return (out * F.normalize(-inside, dim=-1)).sum(dim=-1)


def refined(
    objective: Objective, state: State, seen: Observed, low: Tensor, high: Tensor, surface: Surface, crops: Crops
) -> State:
    """The state with the photometric term: colours, a few steps, better colours, a few steps more."""
    rasteriser = plugins.load("render.differentiable", "compiled", "differentiable rasteriser")
    rasteriser.check()
    pictures = torch.from_numpy(crops.pictures).float() / 255.0
    blank = torch.zeros(0)
    seen = replace(
        seen, weight=seen.weight * torch.tensor([CLOSURES if kind == "lip_gap" else 1.0 for kind in seen.kinds])
    )
    base = {field.name: getattr(objective, field.name) for field in fields(Objective)}
    for _ in range(PASSES):
        term = Photometric(
            **base, surface=surface, pictures=pictures, windows=torch.from_numpy(crops.windows), mask=blank,
            colours=torch.ones(len(surface.points.rest), 3), light=torch.eye(9)[0], noise=NOISE, rasteriser=rasteriser,
        )  # fmt: skip
        term = painted(term, state, seen)
        state = descend(term, state, seen, low, high, STEPS)
    return state


def painted(term: Photometric, state: State, seen: Observed) -> Photometric:
    """The term with mask, light, colours and noise as they are in the pictures at a state."""
    shares = [
        term.drawn(state.frames(part), term.windows[part])[..., 3]
        for part in torch.arange(len(state.controls)).split(TOGETHER)
    ]
    covered = torch.cat(shares)
    mask = (-F.max_pool2d(1.0 - covered[:, None], 5, stride=1, padding=2) + 1.0)[:, 0]  # two pixels from every edge
    trusted = (seen.trust > 0.5 * seen.trust.max()).nonzero()[:, 0]
    rows = trusted[torch.linspace(0, len(trusted) - 1, min(FRAMES, len(trusted))).long()]
    at = state.frames(rows)
    inside = at.in_camera(term.surface.points.places(at.controls, at.shape))
    normals = term.rasteriser.normals(inside, term.surface.faces)
    places = term.places(inside, at, term.windows[rows])
    found = _sampled(term.pictures[rows].permute(0, 3, 1, 2), places)  # (k, n, 3)
    depth = term.rasteriser.draw(
        places, torch.cat([places[..., 2:], torch.ones_like(places[..., 2:])], -1), term.surface.faces,
        term.surface.neighbours, (SIDE, SIDE),
    )  # fmt: skip
    nearest = _sampled(depth.permute(0, 3, 1, 2), places)
    margin = HIDDEN * SIDE / term.windows[rows, 2] * term.camera.focal / -at.place[:, 2]
    open_ = (nearest[..., 1] > 0.95) & (places[..., 2] < nearest[..., 0] + margin[:, None])
    open_ &= (normals * F.normalize(-inside, dim=-1)).sum(dim=-1) > 0.3
    light = _light(found.mean(dim=-1), _harmonics(normals), term.surface.grey, open_)
    shade = (_harmonics(normals) @ light).clamp(min=0.1)
    bare = torch.where(open_[..., None], found / shade[..., None], torch.nan)
    colours = bare.nanmedian(dim=0).values
    colours = torch.where(colours.isnan(), colours[~colours.isnan().any(dim=-1)].median(dim=0).values, colours)
    off = (found - colours * shade[..., None])[open_].norm(dim=-1)
    noise = max(NOISE, 1.48 * float(off.median()) / 1.5)  # of three channels together
    return replace(term, mask=mask, colours=colours, light=light, noise=noise)


def _light(bright: Tensor, harmonics: Tensor, grey: Tensor, seen: Tensor) -> Tensor:
    """(9,) light under which vertices of brightness grey (n,) look as bright as they do (k, n); two rounds, robust."""
    rows, wanted = (harmonics * grey[:, None])[seen], bright[seen]
    weight = torch.ones_like(wanted)
    prior = 1e-3 * len(wanted) * torch.diag(torch.tensor([0.0, *[1.0] * 8]))
    for _ in range(3):
        light = torch.linalg.solve((rows * weight[:, None]).T @ rows + prior * float(rows[:, 0].square().mean()),
                                   (rows * weight[:, None]).T @ wanted)  # fmt: skip
        off = (rows @ light - wanted).abs()
        weight = 1.0 / (1.0 + (off / off.median().clamp(min=1e-3)).square())
    return light


def _sampled(pictures: Tensor, places: Tensor) -> Tensor:
    """(k, n, K) of pictures (k, K, H, W) at places (k, n, 2 or 3) in pixels."""
    grid = 2.0 * places[..., :2] / SIDE - 1.0
    return F.grid_sample(pictures, grid[:, :, None], align_corners=False)[..., 0].transpose(1, 2)


def _steepness(pictures: Tensor) -> Tensor:
    """(k, 3, H, W) squares of the slope of pictures (k, H, W, 3) along x, along y, and their product, over all channels."""
    smooth = F.avg_pool2d(pictures.permute(0, 3, 1, 2), 3, stride=1, padding=1, count_include_pad=False)
    across, down = torch.zeros_like(smooth), torch.zeros_like(smooth)
    across[..., 1:-1] = 0.5 * (smooth[..., 2:] - smooth[..., :-2])
    down[..., 1:-1, :] = 0.5 * (smooth[..., 2:, :] - smooth[..., :-2, :])
    return torch.stack([across.square().sum(1), down.square().sum(1), (across * down).sum(1)], dim=1)


def _harmonics(normal: Tensor) -> Tensor:
    """(..., 9) spherical harmonics up to order 2 of unit vectors (..., 3), without their constants
    (Ramamoorthi & Hanrahan, 2001)."""
    x, y, z = normal.unbind(dim=-1)
    parts = [torch.ones_like(x), y, z, x, x * y, y * z, 3.0 * z * z - 1.0, x * z, x * x - y * y]
    return torch.stack(parts, dim=-1)
