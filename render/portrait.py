"""`Portrait`: a differentiable camera on a speaking face, through which what is seen teaches what moves.

One fixed view, weak perspective, light of nine spherical harmonics on the vertices, black background, as in EMOTE
(arXiv 2306.08990, section 3.3). Engines are handed a portrait; they do not know how it draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from render import differentiable
from render.painting import beside
from speechface.errors import unknown
from speechface.face import Face
from speechface.heads.flame import OpenFlame
from speechface.skinning import rotations

PARTS = {
    "mouth": ("skin", "upper_teeth", "lower_teeth", "upper_gum", "lower_gum", "tongue"),
    "face": ("skin", "eyes", "caruncles", "upper_teeth", "lower_teeth", "upper_gum", "lower_gum", "tongue", "lashes", "brows"),
}  # fmt: skip
SIZES = {"mouth": 88, "face": 224}
"""Pixels along a side of each view, as lip readers and emotion nets take them."""
SPAN = {"mouth": 1.63, "face": 1.5}
"""What a picture spans: mouths in widths of a mouth, faces in heights from chin to brows."""
SMOOTH = 12
"""Frames over which the middle of a mouth is averaged before the mouth is cut out."""
TOGETHER = 32
"""Pictures drawn at a time."""
INSIDE = 0.6
"""Share of the light that gets into a mouth: there are no shadows here."""
LIGHT = (1.05, 0.20, 0.25, -0.10, 0.0, 0.03, 0.02, 0.0, 0.0)
"""Light from the front and above, a little from the character's right: coefficients of `harmonics`."""


@dataclass(frozen=True)
class Shot:
    """How a clip is shown: turn (3,) axis-angle of the head in radians, light (9,), and how large (1: as it is)."""

    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    light: tuple[float, ...] = LIGHT
    scale: float = 1.0


class Portrait(nn.Module):
    """Motion (B, T, E + 3) of a FLAME face -> grey pictures (B, T, 1, H, W) in 0..1, differentiable in the motion.

    view: `mouth` (88 x 88, the lips' middle in the middle, averaged over 12 frames) or `face` (224 x 224, still). size:
    other pixels a side. rasteriser: a name of `render.differentiable`; by default the compiled one on a processor, `soft` on
    any other device.
    """

    def __init__(
        self,
        head: OpenFlame,
        view: str,
        size: int | None = None,
        shot: Shot | None = None,
        rasteriser: str | None = None,
    ) -> None:
        super().__init__()
        if view not in SIZES:
            raise unknown("differentiable view", view, SIZES)
        self.view, self.size, self.shot, self.rasteriser = view, size or SIZES[view], shot or Shot(), rasteriser
        marks = np.array([head.landmarks[f"lm68_{number:02d}"] for number in range(68)])
        places = head.rest[marks]
        centre = places[48:].mean(axis=0) if view == "mouth" else 0.5 * (places.min(axis=0) + places.max(axis=0))
        unit = np.ptp(places[48:60, 0]) if view == "mouth" else np.ptp(places[:, 1])
        self.metres = SPAN[view] * float(unit)
        inside = np.isin(head.look.part, [head.look.parts.index(part) for part in PARTS[view]])
        inside &= (np.abs(head.rest[:, :2] - centre[:2]) < 0.68 * self.metres).all(axis=1)
        inside &= head.rest[:, 2] > places[:, 2].min() - 0.02
        faces = head.faces[inside[head.faces].all(axis=1)]
        chosen = np.union1d(faces, marks)
        place = np.zeros(len(head.rest), dtype=np.int64)
        place[chosen] = np.arange(len(chosen))
        self.face = Face(head, chosen=chosen)
        look = head.look
        luminance = look.colour[chosen] @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
        within = [number for number, part in enumerate(look.parts) if part in PARTS["mouth"][1:]]
        luminance[np.isin(look.part[chosen], within)] *= INSIDE
        for name, value in {
            "faces": place[faces], "neighbours": beside(place[faces]),
            "marks": place[marks[48:]], "centre": centre.astype(np.float32),
            "pivot": head.joints[1].astype(np.float32), "albedo": luminance * look.occlusion[chosen],
        }.items():  # fmt: skip
            self.register_buffer(name, torch.as_tensor(np.ascontiguousarray(value)), persistent=False)

    faces: Tensor
    neighbours: Tensor
    marks: Tensor
    centre: Tensor
    pivot: Tensor
    albedo: Tensor

    def forward(self, motion: Tensor, shot: Shot | None = None) -> Tensor:
        """Pictures of motion (B, T, C) in the shot given, or in the portrait's own."""
        shot = shot or self.shot
        turn = rotations(torch.tensor(shot.turn, dtype=motion.dtype, device=motion.device))
        vertices = (self.face(motion) - self.pivot) @ turn.T
        centre = self._centre(vertices, turn)
        scale = shot.scale * self.size / self.metres
        places = scale * (vertices - centre[..., None, :]) * motion.new_tensor([1.0, -1.0, -1.0])
        places = places + motion.new_tensor([0.5 * self.size, 0.5 * self.size, 0.0])
        flat, shaped = places.reshape(-1, *places.shape[-2:]), vertices.reshape(-1, *vertices.shape[-2:])
        light = motion.new_tensor(shot.light)
        drawn = [
            self._draw(at, metres, light)
            for at, metres in zip(flat.split(TOGETHER), shaped.split(TOGETHER), strict=True)
        ]
        return torch.cat(drawn).reshape(*motion.shape[:2], 1, self.size, self.size)

    def _centre(self, vertices: Tensor, turn: Tensor) -> Tensor:
        """(B, T, 3) or (1, 1, 3) what is in the middle of the pictures; no gradient: a camera is not moved by the face."""
        if self.view == "face":
            return ((self.centre - self.pivot) @ turn.T)[None, None]
        with torch.no_grad():
            middle = vertices[..., self.marks, :].mean(dim=-2).transpose(1, 2)
            padded = F.pad(middle, (SMOOTH // 2, SMOOTH - 1 - SMOOTH // 2), mode="replicate")
            return F.avg_pool1d(padded, SMOOTH, stride=1).transpose(1, 2)

    def _draw(self, places: Tensor, vertices: Tensor, light: Tensor) -> Tensor:
        """(N, 1, H, W) pictures of places (N, V, 3) in pixels whose vertices (N, V, 3) metres are lit."""
        rasteriser = differentiable.load(self.rasteriser or ("compiled" if places.device.type == "cpu" else "soft"))
        shade = harmonics(rasteriser.normals(vertices, self.faces)) @ light
        colours = (self.albedo * shade).clamp(min=1e-4, max=1.0).pow(1 / 2.2)[..., None]
        pictures = rasteriser.draw(places, colours, self.faces, self.neighbours, (self.size, self.size))
        return pictures.permute(0, 3, 1, 2)


def harmonics(normal: Tensor) -> Tensor:
    """(..., 9) spherical harmonics up to order 2 of unit vectors (..., 3), without their constants (Ramamoorthi & Hanrahan,
    An efficient representation for irradiance environment maps, 2001, eq. 3)."""
    x, y, z = normal.unbind(dim=-1)
    parts = [torch.ones_like(x), y, z, x, x * y, y * z, 3.0 * z * z - 1.0, x * z, x * x - y * y]
    return torch.stack(parts, dim=-1)
