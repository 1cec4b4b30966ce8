"""`Body`: skin and pieces as one mesh, and how a movement of the skin becomes a movement of everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from speechface.sculpt.attach import fasten, follow_loosely
from speechface.sculpt.brows import make_brows
from speechface.sculpt.canvas import Canvas, prepare
from speechface.sculpt.collar import make_collar
from speechface.sculpt.correctives import bend
from speechface.sculpt.eyeballs import make_caruncles, make_eyeballs
from speechface.sculpt.field import Field
from speechface.sculpt.hair import Style, make_hair
from speechface.sculpt.jaw import JOINTS, neck_weights
from speechface.sculpt.lashes import make_lashes
from speechface.sculpt.muscles_jaw import jaw_shift
from speechface.sculpt.piece import Piece
from speechface.sculpt.proportions import Proportions
from speechface.sculpt.skin import make_skin
from speechface.sculpt.teeth import arches, make_gum, make_teeth
from speechface.sculpt.tongue import POSTURES, REST, make_tongue, sweep


@dataclass(frozen=True)
class Body:
    """The whole head at rest: the skin's canvas, then the pieces in order.

    starts: index of the first vertex of the skin (0) and of every piece.
    """

    canvas: Canvas
    pieces: tuple[Piece, ...]
    starts: np.ndarray
    density: int

    @property
    def parts(self) -> tuple[str, ...]:
        return ("skin", *(piece.name for piece in self.pieces))

    @property
    def count(self) -> int:
        return int(self.starts[-1])

    def slice(self, name: str) -> slice:
        """Vertices of a part."""
        number = self.parts.index(name)
        return slice(int(self.starts[number]), int(self.starts[number + 1]))

    def vertices(self) -> np.ndarray:
        """(V, 3) all vertices at rest (cm)."""
        return np.concatenate([self.canvas.skin.vertices, *(piece.vertices for piece in self.pieces)])

    def faces(self) -> np.ndarray:
        """(F, 3) all triangles."""
        moved = [piece.faces + start for piece, start in zip(self.pieces, self.starts[1:], strict=False)]
        return np.concatenate([self.canvas.skin.triangles, *moved])

    def mirror(self) -> np.ndarray:
        """(V,) vertex on the other side, -1 where there is none (hair)."""
        out = [self.canvas.skin.mirror]
        for piece, start in zip(self.pieces, self.starts[1:], strict=False):
            out.append(np.where(piece.mirror < 0, -1, piece.mirror + start))
        return np.concatenate(out)

    def reflect(self, deltas: np.ndarray, without: np.ndarray | None = None) -> np.ndarray:
        """(V, 3) the same movement on the other side; hair, which has no other side, moves as in `without`, or as it does."""
        mirror = self.mirror()
        out = deltas[mirror] * (-1.0, 1.0, 1.0)
        out[mirror < 0] = (deltas if without is None else without)[mirror < 0]
        return out

    def weights(self) -> np.ndarray:
        """(V, 5) shares of the joints."""
        out = np.zeros((self.count, len(JOINTS)))
        skin = self.canvas.skin
        neck = neck_weights(skin.vertices)
        out[: skin.count, 0] = 1 - neck
        out[: skin.count, 2] = self.canvas.jaw * neck
        out[: skin.count, 1] = neck - out[: skin.count, 2]
        for piece in self.pieces:
            where = self.slice(piece.name)
            if piece.carrier == "eyes":
                half = piece.count // 2
                out[where.start : where.start + half, 3] = 1
                out[where.start + half : where.stop, 4] = 1
            else:
                out[where, JOINTS.index("neck" if piece.carrier == "skin" else piece.carrier)] = 1
        return out

    def followers(self) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
        """For every piece that follows the skin: a function from the skin's movement (Vs, 3) to its own (N, 3)."""
        skin = self.canvas.skin
        out: dict[str, Callable[[np.ndarray], np.ndarray]] = {}
        for piece in self.pieces:
            if piece.carrier == "skin":
                out[piece.name] = fasten(skin, piece).follow
            elif piece.name in ("hair", "caruncles"):
                out[piece.name] = follow_loosely(skin, piece)
        return out

    def own_shapes(self, control: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Movements (N, 3) of pieces that do not come from the skin, tongue muscles and the jaw's shifts.

        First what is added by the control's value, then what is added by its square.
        """
        straight: dict[str, np.ndarray] = {}
        squared: dict[str, np.ndarray] = {}
        m = self.canvas.skin.field.proportions
        mirrored = control == "tongueRight"
        postures = POSTURES.get("tongueLeft" if mirrored else control)
        if postures:
            moved = [sweep(posture, self.density, m) - sweep(REST, self.density, m) for posture in postures]
            tongue = next(piece for piece in self.pieces if piece.name == "tongue")
            if mirrored:
                moved = [shape[tongue.mirror] * (-1, 1, 1) for shape in moved]
            straight["tongue"], squared["tongue"] = bend(*moved)
        if control in ("jawLeft", "jawRight", "jawForward"):
            for piece in self.pieces:
                if piece.carrier == "jaw":
                    straight[piece.name] = np.tile(jaw_shift(control), (piece.count, 1))
        return straight, squared


def make_body(density: int, proportions: Proportions, style: Style) -> Body:
    """Sculpt everything at rest."""
    field = Field(proportions)
    skin = make_skin(field, density)
    pieces = (
        make_eyeballs(proportions, density),
        make_caruncles(proportions),
        *(make_teeth(arch, density) for arch in arches(proportions)),
        *(make_gum(arch, density) for arch in arches(proportions)),
        make_tongue(proportions, density),
        make_lashes(skin, density),
        make_brows(field, density),
        make_hair(field, density, style),
        make_collar(density),
    )
    starts = np.cumsum([0, skin.count, *(piece.count for piece in pieces)])
    return Body(prepare(skin), pieces, starts, density)
