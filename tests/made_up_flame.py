"""Files in FLAME's exact layout made from the open head: the same face, and another one whose vertices lie elsewhere."""

from functools import cache

import numpy as np

from speechface import heads
from speechface.heads.open import read_asset
from speechface.sculpt.flame_layout import flame_arrays


@cache
def own() -> dict[str, np.ndarray]:
    """The open head's skin and eyes (light mesh), as FLAME has them: no teeth, no hair."""
    arrays, _ = read_asset("preview")
    head = heads.load("flame:preview")
    return _only(flame_arrays(arrays, head.expression), np.isin(head.look.part, [0, 1]))


@cache
def other() -> dict[str, np.ndarray]:
    """A larger, longer, lopsided face with a hole for a mouth, its vertices moved along the surface and in another order."""
    arrays, _ = read_asset("preview")
    head = heads.load("flame:preview")
    keep = np.isin(head.look.part, [0, 1])
    keep[head.mouth_bag] = False
    given = _only(flame_arrays(arrays, head.expression), keep)
    draw = np.random.default_rng(5)
    count = len(given["v_template"])
    around = np.zeros(count, dtype=int)
    around[given["f"].ravel()] = np.repeat(np.arange(len(given["f"])), 3)  # some face of each vertex
    corners = given["f"][around].astype(int)
    first = corners == np.arange(count)[:, None]
    shares = np.where(first, 0.6, draw.uniform(0.0, 0.4, (count, 3)))
    ends = np.sort(np.concatenate([given["f"][:, [0, 1]], given["f"][:, [1, 2]], given["f"][:, [2, 0]]]), axis=1)
    edges, times = np.unique(ends, axis=0, return_counts=True)
    rim = np.unique(edges[times == 1])
    shares[rim] = first[rim]  # a hole keeps its rim
    shares /= shares.sum(axis=1, keepdims=True)
    order = draw.permutation(count)
    out = {}
    for name in ("v_template", "shapedirs", "posedirs", "weights"):
        out[name] = np.einsum("vk,vk...->v...", shares, given[name][corners]).astype(np.float32)[order]
    joints = given["J_regressor"] @ given["v_template"]
    out["v_template"], joints = warped(out["v_template"]), warped(joints)
    out["shapedirs"] *= 1.08
    spread = np.vstack([out["v_template"].T, np.ones(count)])
    out["J_regressor"] = np.vstack([joints.T, np.ones(5)]).T @ np.linalg.pinv(spread.T)
    place = np.argsort(order)
    out["f"], out["kintree_table"] = place[given["f"]].astype(np.uint32), given["kintree_table"]
    return out


def warped(points: np.ndarray) -> np.ndarray:
    x, y, z = points.T.astype(np.float64)
    wide, tall = x * (1.08 + 0.4 * y), 1.12 * y + 0.05 * x + 0.002 * np.sin(60 * x)
    return np.column_stack([wide, tall, 1.05 * z + 0.1 * y + 0.003 * np.sin(40 * y)]) + [0.01, 0.02, -0.03]


def _only(given: dict[str, np.ndarray], keep: np.ndarray) -> dict[str, np.ndarray]:
    """The layout without some vertices; joints stay where they are."""
    at = np.full(len(keep), -1)
    at[keep] = np.arange(keep.sum())
    used = keep[given["f"].astype(int)].all(axis=1)
    joints = given["J_regressor"] @ given["v_template"]
    out = {name: given[name][keep] for name in ("v_template", "shapedirs", "posedirs", "weights")}
    spread = np.vstack([out["v_template"].T, np.ones(keep.sum())])
    out["J_regressor"] = np.vstack([joints.T, np.ones(5)]).T @ np.linalg.pinv(spread.T)
    return out | {"f": at[given["f"][used].astype(int)].astype(np.uint32), "kintree_table": given["kintree_table"]}
