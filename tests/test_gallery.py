"""The gallery: small pictures, each made by its script and shown on its page."""

import importlib.util
import re
from pathlib import Path

import numpy as np
from PIL import Image

import speechface

GALLERY = Path(speechface.__file__).parent.parent / "docs" / "gallery"


def script():
    spec = importlib.util.spec_from_file_location("gallery", GALLERY / "draw.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_picture_is_small_and_shown():
    made = {f"{name}.jpg" for name in script().PICTURES}
    assert {path.name for path in GALLERY.glob("*.jpg")} == made
    assert set(re.findall(r"\((\w+\.jpg)\)", (GALLERY / "README.md").read_text(encoding="utf-8"))) == made
    for name in made:
        assert (GALLERY / name).stat().st_size < 120_000, name
        assert max(Image.open(GALLERY / name).size) <= 2000


def test_a_picture_is_written_as_good_as_fits(tmp_path):
    gallery = script()
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    gallery.write(tmp_path / "noise.jpg", noise)
    assert (tmp_path / "noise.jpg").stat().st_size < gallery.LARGEST
    assert Image.open(tmp_path / "noise.jpg").size == (400, 300)
