"""`Freeform`: smooth changes of the face that no named change of shape makes, for people who are unlike the open head's.

The prior is a Gaussian process over the face (Rasmussen & Williams, 2006, section 2.2): two places move alike the nearer they
are. Its strongest modes at the landmarks, left and right alike, are further changes of shape; elsewhere on the head a mode is
what the process expects there, and nothing far from the face.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np

from speechface.heads.open import OpenHead

REACH = 0.022
"""Metres over which places move alike."""
AMOUNT = 0.003
"""Usual size of a free change, metres."""
MODES = 12
"""Modes sideways and up. There are none forward: what a tracker shows of depth is its own face's more than the person's."""
PREFIX = "freeform_"


@dataclass(frozen=True, eq=False)
class Freeform:
    """centres: (N, 3) metres, places on the head at rest. even, odd: (N, M) what the centres weigh in modes that are the same
    left and right (up), and the opposite (sideways)."""

    centres: np.ndarray
    even: np.ndarray
    odd: np.ndarray

    @staticmethod
    def of(places: np.ndarray) -> Freeform:
        """Modes of the process at places (N, 3) on a head at rest."""
        centres = places.astype(np.float64)
        return Freeform(centres, _modes(_kernel(centres, centres, 1.0)), _modes(_kernel(centres, centres, -1.0)))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{PREFIX}{axis}{number}" for axis in "xy" for number in range(MODES))

    def at(self, places: np.ndarray) -> np.ndarray:
        """(2 M, n, 3) metres by which one usual unit of every change moves places (n, 3) of the head at rest."""
        even, odd = (
            _kernel(places.astype(np.float64), self.centres, sign) @ weights
            for sign, weights in ((1.0, self.even), (-1.0, self.odd))
        )
        out = np.zeros((2, MODES, len(places), 3))
        for axis, modes in enumerate((odd, even)):
            out[axis, ..., axis] = AMOUNT * modes.T
        return out.reshape(-1, len(places), 3)

    def applied(self, head: OpenHead, plain: OpenHead, amounts: np.ndarray) -> OpenHead:
        """A head with changes (2 M,) in usual units. plain: the same mesh as nobody in particular, in which the modes lie."""
        out = copy.copy(head)
        out.rest = (head.rest + np.einsum("s,snx->nx", amounts, self.at(plain.rest))).astype(np.float32)
        out.joints = (head.joints + np.einsum("s,sjx->jx", amounts, self.at(plain.joints))).astype(head.joints.dtype)
        return out


def _kernel(one: np.ndarray, other: np.ndarray, sign: float) -> np.ndarray:
    """(n, N) covariance of places (n, 3) and (N, 3) and, by the sign, of the other's mirror image."""
    total = np.zeros((len(one), len(other)))
    for factor, mirrored in ((0.5, other), (0.5 * sign, other * [-1.0, 1.0, 1.0])):
        apart = np.square(one[:, None] - mirrored).sum(axis=-1)
        total += factor * np.exp(-0.5 * apart / REACH**2)
    return total


def _modes(covariance: np.ndarray) -> np.ndarray:
    """(N, M) weights whose sums of the kernel are the strongest modes, each of its own deviation."""
    values, vectors = np.linalg.eigh(covariance)
    strongest = slice(-1, -1 - MODES, -1)
    return vectors[:, strongest] / np.sqrt(np.maximum(values[strongest], 1e-9))
