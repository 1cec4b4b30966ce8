"""`Person`: who the open head is. One of the people in its file, as they are or changed in shape, skin, eyes or hair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from speechface.errors import UserError, unknown
from speechface.look import Look
from speechface.sculpt.asset import Sparse
from speechface.sculpt.transfer import local_maps

PIGMENTS = {
    "skin": ("skin", "flush", "shade", "lips", "flesh", "stubble"),
    "eyes": ("iris", "iris_core", "sclera"),
    "hair": ("hair", "hair_light", "brow", "lash"),
    "cloth": ("cloth",),
}
"""What can be taken from another person, and the pigments that go with it; with the hair comes its style."""

FURTHEST = 2.0
"""Strength that a change of shape may have; 1 is about two standard deviations of what adults show."""


@dataclass(frozen=True, eq=False)
class Person:
    """weights: (I,) strengths of the changes in the file. size: factor on lengths. palette: (L, 3) colours of pigments."""

    weights: np.ndarray
    size: float
    palette: np.ndarray


def person(arrays: Mapping[str, np.ndarray], words: str = "") -> Person:
    """The person that words with commas ask for; no words are the first one in the file.

    "otto" or "character=otto" is one of the people, "hair=amara" takes hair (or skin, eyes, cloth) from another one, and
    "jawWidth=0.5" sets a change of shape. Raises `UserError` for names that do not exist and strengths out of bounds.
    """
    pairs = [
        (name, value) if sign else ("character", name) for name, sign, value in map(_split, words.split(",")) if name
    ]
    names = [value for key, value in pairs if key == "character"]
    out = _one(arrays, names[-1] if names else "")
    changes = arrays["identity_names"].tolist()
    for key, value in pairs:
        if key in PIGMENTS:
            out = _taken(arrays, out, key, _one(arrays, value))
        elif key in changes:
            weights = out.weights.copy()
            weights[changes.index(key)] = _strength(key, value)
            out = replace(out, weights=weights)
        elif key != "character":
            raise unknown("choice for the open head", key, ("arkit", "preview", "character", *PIGMENTS, *changes))
    return out


def _split(word: str) -> tuple[str, str, str]:
    name, sign, value = word.partition("=")
    return name.strip(), sign, value.strip()


def _strength(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not abs(value) <= FURTHEST:
        raise UserError(f"{name}={text} is not a number between {-FURTHEST:g} and {FURTHEST:g}")
    return value


def _one(arrays: Mapping[str, np.ndarray], name: str) -> Person:
    people = arrays["characters"].tolist()
    name = name or people[0]
    if name not in people:
        raise unknown("character", name, people)
    row = people.index(name)
    return Person(
        arrays["character_weights"][row], float(arrays["character_sizes"][row]), arrays["character_palettes"][row]
    )


def _taken(arrays: Mapping[str, np.ndarray], one: Person, what: str, other: Person) -> Person:
    """A person with what belongs to another."""
    mine = np.isin(arrays["pigments"], PIGMENTS[what])
    palette = np.where(mine[:, None], other.palette, one.palette)
    style = np.char.startswith(arrays["identity_names"], "hair_") & (what == "hair")
    return replace(one, palette=palette, weights=np.where(style, other.weights, one.weights))


def become(arrays: Mapping[str, np.ndarray], who: Person) -> tuple[np.ndarray, np.ndarray, Sparse]:
    """Rest vertices (V, 3), joints (5, 3) and shapes of a person: those of the first one, changed."""
    rest, joints, shapes = arrays["vertices"], arrays["joints"], Sparse.of(arrays, "shape")
    if not who.weights.any() and who.size == 1.0:
        return rest, joints, shapes
    changes = Sparse.of(arrays, "identity")
    changed, turned = rest.copy(), rest.copy()
    for number in np.flatnonzero(who.weights):
        index, delta = changes.shape(int(number))
        changed[index] += np.float32(who.weights[number]) * delta
        if arrays["identity_names"][number].startswith("eye"):
            turned[index] += np.float32(who.weights[number]) * delta
    moved, start = [], 0
    for end in arrays["regressor_ends"]:
        index = arrays["regressor_index"][start:end]
        moved.append(arrays["regressor_share"][start:end] @ (changed - rest)[index])
        start = end
    # lids must fit eyeballs that are larger or stand oblique; elsewhere muscles pull as far as they did
    maps = who.size * local_maps(rest, turned, arrays["faces"].astype(np.int64)).astype(np.float32)
    strands = _strands(arrays)
    maps[strands] = maps[_nearest_skin(arrays, strands)]  # a strand is too thin to tell how space changes round it
    deltas = np.einsum("nij,nj->ni", maps[shapes.index], shapes.delta.astype(np.float32))
    size = np.float32(who.size)
    return size * changed, size * (joints + np.array(moved, dtype=np.float32)), replace(shapes, delta=deltas)


def look(arrays: Mapping[str, np.ndarray], who: Person) -> Look:
    """Colours from pigments and the person's palette, and the material."""
    paint = arrays["paint"].astype(np.float32) * (2.0 / 255.0)
    surface = arrays["surface"].astype(np.float32) / 255.0
    return Look(
        colour=np.clip(paint @ who.palette, 0.0, 1.0),
        roughness=surface[:, 0],
        specular=surface[:, 1],
        subsurface=surface[:, 2],
        occlusion=arrays["occlusion"].astype(np.float32) / 255.0,
        part=arrays["part"],
        parts=tuple(arrays["parts"].tolist()),
    )


def _strands(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Vertices of lashes and brows."""
    parts = arrays["parts"].tolist()
    return np.flatnonzero(np.isin(arrays["part"], [parts.index("lashes"), parts.index("brows")]))


def _nearest_skin(arrays: Mapping[str, np.ndarray], vertices: np.ndarray) -> np.ndarray:
    """The vertex of the skin that is nearest to each of some vertices, at rest."""
    from scipy.spatial import cKDTree

    skin = np.flatnonzero(arrays["part"] == 0)
    return skin[cKDTree(arrays["vertices"][skin]).query(arrays["vertices"][vertices])[1]]
