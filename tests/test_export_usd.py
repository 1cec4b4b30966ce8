"""USD, read back with usd-core: what UsdSkel makes of the file is what the head shows."""

import zipfile

import numpy as np
import pytest
from made_line import click, line
from test_render_head import Egg

from render.export import usd
from speechface import heads
from speechface.animation import Animation

pxr = pytest.importorskip("pxr", reason="usd-core is not installed (pip install usd-core)")


def opened(path):
    from pxr import Usd

    return Usd.Stage.Open(str(path))


def posed(stage, frame):
    """Vertices of every mesh at a time code, as UsdSkel computes them: blend shapes, then linear blend skinning."""
    from pxr import Usd, UsdSkel

    cache = UsdSkel.Cache()
    root = UsdSkel.Root(stage.GetPrimAtPath("/Head"))
    cache.Populate(root, Usd.PrimDefaultPredicate)
    (binding,) = cache.ComputeSkelBindings(root, Usd.PrimDefaultPredicate)
    skeleton = cache.GetSkelQuery(binding.GetSkeleton())
    transforms = skeleton.ComputeSkinningTransforms(frame)
    found, _ = skeleton.GetAnimQuery().ComputeBlendShapeWeights(frame), None
    weights = found if not isinstance(found, tuple) else found[0]
    for query in binding.GetSkinningTargets():
        prim = query.GetPrim()
        points = pxr.Vt.Vec3fArray(prim.GetAttribute("points").Get())
        shapes = UsdSkel.BlendShapeQuery(UsdSkel.BindingAPI(prim))
        own = query.GetBlendShapeMapper().Remap(weights) if query.GetBlendShapeMapper() else weights
        own = own[0] if isinstance(own, tuple) else own
        values, indices, numbers = shapes.ComputeSubShapeWeights(own)[-3:]
        shapes.ComputeDeformedPoints(
            values,
            indices,
            numbers,
            shapes.ComputeBlendShapePointIndices(),
            shapes.ComputeSubShapePointOffsets(),
            points,
        )
        query.ComputeSkinnedPoints(transforms, points, frame)
        yield np.array(points)


def parts(head):
    part = head.look.part[head.faces[:, 0]]
    return [np.unique(head.faces[part == index]) for index in range(len(head.look.parts)) if (part == index).any()]


@pytest.mark.parametrize("ending", [".usda", ".usdc", ".usdz"])
def test_any_head_is_played_as_it_is_posed(tmp_path, ending):
    head = Egg()
    curves = np.stack([np.linspace(0, 1, 5), np.zeros(5), np.linspace(1, 0, 5)], axis=1)
    clip = Animation(curves, head.rig.names, 30.0, "egg", click(tmp_path / "line.wav", 0.1))
    usd.write(clip, tmp_path / f"egg{ending}", head, timecode="00:00:01:00")
    stage = opened(tmp_path / f"egg{ending}")
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode(), stage.GetTimeCodesPerSecond()) == (30, 34, 30)
    for points, vertices in zip(posed(stage, 32), parts(head), strict=True):
        assert np.abs(points - head.vertices(curves[2].astype(np.float32))[vertices]).max() < 5e-6
    sound = stage.GetPrimAtPath("/Head/Sound")
    assert sound.GetAttribute("startTime").Get().GetValue() == 30
    assert sound.GetAttribute("filePath").Get().resolvedPath.endswith("line.wav" + "]" * (ending == ".usdz"))
    if ending == ".usdz":
        assert any(name.endswith("line.wav") for name in zipfile.ZipFile(tmp_path / "egg.usdz").namelist())


def test_the_open_head_turns_its_joints(tmp_path):
    head = heads.load("open:arkit,preview")
    clip = line("arkit", frames=4)
    usd.write(clip, tmp_path / "open.usdc", head)
    stage = opened(tmp_path / "open.usdc")
    for points, vertices in zip(posed(stage, 3), parts(head), strict=True):
        assert np.abs(points - head.vertices(clip.controls[3])[vertices]).max() < 1e-4


@pytest.mark.parametrize("fps", [24000 / 1001, 59.94])
def test_fewer_samples_keep_the_tolerance_at_exact_rates(tmp_path, fps):
    from pxr import UsdSkel

    head, clip = Egg(), Animation(np.zeros((40, 3)), Egg().rig.names, fps, "egg")
    swing = 0.5 - 0.5 * np.cos(np.linspace(0, 6, 40))
    clip = clip.with_curves({"open": swing})
    usd.write(clip, tmp_path / "egg.usda", head, reduce=0.01)
    stage = opened(tmp_path / "egg.usda")
    assert stage.GetTimeCodesPerSecond() == pytest.approx(fps, rel=1e-12)
    weights = UsdSkel.Animation(stage.GetPrimAtPath("/Head/Speech")).GetBlendShapeWeightsAttr()
    at = list(head.rig.names).index("open")
    assert weights.GetNumTimeSamples() < 25
    assert max(abs(weights.Get(frame)[at] - swing[frame]) for frame in range(40)) <= 0.0101


def test_names_of_products_are_names_of_prims(tmp_path):
    assert usd._identifiers(("jawOpen*mouthPucker", "jawOpen")) == ["jawOpen_x_mouthPucker", "jawOpen"]
