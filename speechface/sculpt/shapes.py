"""From movements of the skin to shapes of the whole head: brows, lashes and hair follow, tongue and teeth add their own."""

from __future__ import annotations

import numpy as np

from speechface.sculpt.body import Body
from speechface.sculpt.correctives import Pairs, Shapes, bend
from speechface.sculpt.muscles import other_side

Key = str | tuple[str, str]


def whole_shapes(body: Body, straight: Shapes, pairs: Pairs, names: list[str]) -> dict[Key, np.ndarray]:
    """Movements (V, 3) of everything for every control and every pair, exactly alike on both sides.

    straight, pairs: movements (Vs, 3) of the skin; controls that move no skin may be missing.
    """
    followers = body.followers()
    out: dict[Key, np.ndarray] = {}

    def put(key: Key, skin: np.ndarray, moved: dict[str, np.ndarray]) -> None:
        whole = np.zeros((body.count, 3))
        whole[body.slice("skin")] = skin
        for name, deltas in moved.items():
            whole[body.slice(name)] = deltas
        out[key] = whole

    none = np.zeros((body.canvas.skin.count, 3))
    for name in names:
        skin, square = straight.get(name, none), pairs.get((name, name), none)
        half = {part: follow(0.5 * skin + 0.25 * square) for part, follow in followers.items()}
        full = {part: follow(skin + square) for part, follow in followers.items()}
        own, own_square = body.own_shapes(name)
        if square.any() or own_square:
            bent = {part: bend(half[part], full[part]) for part in followers}
            put(name, skin, {part: both[0] for part, both in bent.items()} | own)
            put((name, name), square, {part: both[1] for part, both in bent.items()} | own_square)
        else:
            put(name, skin, full | own)
    for (first, second), deltas in pairs.items():
        if first != second:
            parts = (out[name] + out.get((name, name), 0.0) for name in (first, second))
            alone = sum(parts, np.zeros((body.count, 3)))
            together = alone[body.slice("skin")] + deltas
            moved = {part: follow(together) - alone[body.slice(part)] for part, follow in followers.items()}
            put((first, second), deltas, moved)
    return _mirrored(body, out)


def _mirrored(body: Body, shapes: dict[Key, np.ndarray]) -> dict[Key, np.ndarray]:
    """The shapes made exactly alike: of two that mirror each other, one is the reflection of the other."""
    out: dict[Key, np.ndarray] = {}
    for key, whole in shapes.items():
        names = (key,) if isinstance(key, str) else key
        others = tuple(other_side(name) for name in names)
        if others == names:
            out[key] = 0.5 * (whole + body.reflect(whole))
        else:
            other: Key = others[0] if isinstance(key, str) else (others[0], others[1])
            out[key] = whole if names < others else body.reflect(shapes[other], whole)
    return out
