"""Coefficients of a person's shape out of a user's `.npy` file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from speechface.errors import UserError


def read(path: str, most: int) -> np.ndarray:
    """(n,) float32 identity coefficients, n up to `most`; `UserError` for a file that is not that."""
    try:
        found = np.load(Path(path), allow_pickle=False)
    except OSError as error:
        raise UserError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, EOFError) as error:
        raise UserError(f"{path} is no .npy file of numbers") from error
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiu" or not np.isfinite(found).all():
        raise UserError(f"{path} is no .npy file of finite numbers")
    if (found.ndim > 1 and max(found.shape) != found.size) or not 0 < found.size <= most:
        raise UserError(f"{path} has shape {found.shape}; give 1 to {most} identity coefficients")
    return found.reshape(-1).astype(np.float32)
