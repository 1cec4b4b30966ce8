"""Writing files so that nothing half-written is ever left behind."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from speechface.errors import UserError


@contextmanager
def writing(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside `path`, keep it as `path` if the block ends well, remove it if not.

    The temporary name has the same suffix. It may become a file or a folder; the files of a folder are moved into
    an older folder of that name one by one, and what else lies there is left alone.
    Raises `UserError` where the place cannot be written or the disk is full.
    """
    path = Path(path)
    part = path.with_name(f".{path.stem}.part{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        if part.is_dir() and path.is_dir():
            for file in part.iterdir():
                os.replace(file, path / file.name)
        else:
            os.replace(part, path)
    except (FileExistsError, NotADirectoryError) as error:
        raise UserError(f"cannot write {path}: {error.filename or path} is in the way; choose another place") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(f"cannot write {path}: {reason}; choose another place or make room") from error
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            with suppress(OSError):
                part.unlink()
