"""USD (.usda, .usdc, .usdz): the head with skeleton, blend shapes and their time samples, and its sound."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from render import motion
from render.export import _curves, _keys, _pieces, _targets
from render.export._pieces import Piece
from render.export._targets import Targets
from speechface.animation import Animation
from speechface.errors import UserError
from speechface.files import writing
from speechface.heads import Head
from speechface.progress import unwatched
from speechface.timecode import start

SUFFIXES = (".usdc", ".usda", ".usdz", ".usd")

LEAST = 2e-6
"""Metres below which a movement of a vertex is left out."""
PACKED = (".wav", ".mp3", ".m4a")
"""Sounds that may lie in a .usdz."""


def write(
    animation: Animation,
    path: str | Path,
    head: Head,
    progress: Callable[[float], None] = unwatched,
    reduce: float = 0.0,
    timecode: str | None = None,
) -> None:
    """Write a SkelRoot with a Skeleton, a Mesh with BlendShapes a part, a SkelAnimation and a SpatialAudio; metres, Y up.

    A time code is a frame, the first one that of `timecode`. A .usdz holds the sound, the others name its file. reduce:
    see `render.export._keys`; all shapes have their time samples in common. Raises `UserError` where the package usd-core
    is not installed or the file cannot be written.
    """
    os.environ.setdefault("USD_WRITE_NEW_USDC_FILES_AS_VERSION", "0.9.0")  # or a sound is warned about, which needs it
    try:
        from pxr import Tf, UsdUtils
    except ImportError:
        raise UserError("USD needs the package usd-core: pip install 'speechface[usd]'") from None

    path, tolerance = Path(path), _keys.checked(reduce)
    first, targets = start(timecode, animation.fps).frame, _targets.of(head, motion.controls(animation, head))
    packed = path.suffix.lower() == ".usdz"
    sound = _curves.beside(animation, path)
    if packed and animation.audio is not None:
        fits = animation.audio.suffix.lower() in PACKED and animation.audio.is_file()
        sound = animation.audio.resolve().as_posix() if fits else ""
    try:
        with writing(path) as part:
            if packed:
                with tempfile.TemporaryDirectory() as folder:
                    inner = Path(folder) / "head.usdc"
                    _build(inner, head, targets, animation, first, tolerance, sound, progress)
                    if not UsdUtils.CreateNewUsdzPackage(str(inner), str(part)):
                        raise OSError(f"the package {path.name} could not be written")
            else:
                _build(part, head, targets, animation, first, tolerance, sound, progress)
    except Tf.ErrorException as error:
        raise UserError(f"cannot write {path}: {str(error).splitlines()[-1].strip()}") from error


def _build(
    file: Path,
    head: Head,
    targets: Targets,
    animation: Animation,
    first: int,
    tolerance: float,
    sound: str,
    progress: Callable[[float], None],
) -> None:
    """One layer with everything."""
    from pxr import Usd, UsdGeom, UsdSkel

    stage = Usd.Stage.CreateNew(str(file))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetFramesPerSecond(animation.fps)
    stage.SetTimeCodesPerSecond(animation.fps)
    stage.SetStartTimeCode(first)
    stage.SetEndTimeCode(first + len(animation) - 1)
    root = UsdSkel.Root.Define(stage, "/Head")
    stage.SetDefaultPrim(root.GetPrim())
    UsdSkel.BindingAPI.Apply(root.GetPrim())
    names = _identifiers(targets.names)
    skeleton = _skeleton(stage, targets)
    moving = _animation(stage, targets, names, first, tolerance)
    UsdSkel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets([moving.GetPath()])
    rest = head.vertices(np.zeros(len(head.rig), dtype=np.float32))
    normals, parts = _pieces.unit_normals(head, rest), _pieces.pieces(head)
    bindings = [_mesh(stage, head, piece, rest, normals, targets, skeleton) for piece in parts]
    found: list[tuple[list[str], list[Any]]] = [([], []) for _ in parts]
    for number, name in enumerate(names):
        movement = targets.delta(number).astype(np.float32)
        for piece, binding, (tokens, paths) in zip(parts, bindings, found, strict=True):
            shape = _shape(stage, f"{binding.GetPath()}/{name}", movement[piece.vertices])
            if shape is not None:
                tokens.append(name)
                paths.append(shape.GetPath())
        progress((number + 1) / len(names))
    for binding, (tokens, paths) in zip(bindings, found, strict=True):
        binding.CreateBlendShapesAttr(tokens)
        binding.CreateBlendShapeTargetsRel().SetTargets(paths)
    if sound:
        _sound(stage, sound, first)
    stage.GetRootLayer().Save()


def _identifiers(names: tuple[str, ...]) -> list[str]:
    """Names that may be those of prims: `a*b` becomes `a_x_b`."""
    from pxr import Tf

    return [Tf.MakeValidIdentifier(name.replace("*", "_x_")) for name in names]


def _joints(targets: Targets) -> list[str]:
    """Path of each joint in the skeleton, as `root/neck/jaw`."""
    paths: list[str] = []
    for name, parent in zip(targets.joint_names, targets.parents, strict=True):
        paths.append(name if parent < 0 else f"{paths[parent]}/{name}")
    return paths


def _places(targets: Targets) -> np.ndarray:
    """(J, 3) metres, each joint seen from its parent."""
    parents = [targets.joints[parent] if parent >= 0 else np.zeros(3) for parent in targets.parents]
    return targets.joints - np.array(parents)


def _skeleton(stage: Any, targets: Targets) -> Any:
    from pxr import Gf, UsdSkel, Vt

    def moved(places: np.ndarray) -> Any:
        return Vt.Matrix4dArray([Gf.Matrix4d(1.0).SetTranslate(Gf.Vec3d(*map(float, place))) for place in places])

    skeleton = UsdSkel.Skeleton.Define(stage, "/Head/Skeleton")
    skeleton.CreateJointsAttr(_joints(targets))
    skeleton.CreateBindTransformsAttr(moved(targets.joints))
    skeleton.CreateRestTransformsAttr(moved(_places(targets)))
    return skeleton


def _animation(stage: Any, targets: Targets, names: list[str], first: int, tolerance: float) -> Any:
    """Weights of all shapes, and rotations of all joints, with time samples of their own."""
    from pxr import Gf, UsdSkel, Vt

    moving = UsdSkel.Animation.Define(stage, "/Head/Speech")
    moving.CreateJointsAttr(_joints(targets))
    moving.CreateTranslationsAttr(Vt.Vec3fArray.FromNumpy(_places(targets).astype(np.float32)))
    moving.CreateScalesAttr(Vt.Vec3hArray([Gf.Vec3h(1.0)] * len(targets.joints)))
    moving.CreateBlendShapesAttr(names)
    weights = moving.CreateBlendShapeWeightsAttr()
    for frame in _keys.kept(targets.weights, tolerance).tolist():
        weights.Set(Vt.FloatArray.FromNumpy(np.ascontiguousarray(targets.weights[frame])), first + frame)
    rotations = moving.CreateRotationsAttr()
    for frame in _keys.kept(targets.turns, 0.5 * tolerance).tolist():
        turned = _pieces.quaternions(targets.turns[frame]).astype(float)
        rotations.Set(Vt.QuatfArray([Gf.Quatf(w, x, y, z) for x, y, z, w in turned]), first + frame)
    return moving


def _mesh(
    stage: Any, head: Head, piece: Piece, rest: np.ndarray, normals: np.ndarray, targets: Targets, skeleton: Any
) -> Any:
    """A part at rest, bound to the skeleton; returns its binding."""
    from pxr import Sdf, UsdGeom, UsdSkel, Vt

    at = piece.vertices
    mesh = UsdGeom.Mesh.Define(stage, f"/Head/{_identifiers((piece.name,))[0]}")
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(rest[at], dtype=np.float32)))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(piece.faces), 3, dtype=np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(piece.faces.reshape(-1).astype(np.int32)))
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(normals[at])))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateDoubleSidedAttr(True)
    box = np.stack([rest[at].min(axis=0), rest[at].max(axis=0)]).astype(np.float32)
    mesh.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(box))
    colours = _pieces.colours(head.look)[at].astype(np.float32)
    shown = mesh.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex)
    shown.Set(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(colours)))
    _material(stage, mesh, colours.mean(axis=0), float(head.look.roughness[at].mean()))
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    joints, shares = _pieces.strongest(targets.carried[at])
    binding.CreateJointIndicesPrimvar(False, _pieces.SPARE).Set(
        Vt.IntArray.FromNumpy(joints.reshape(-1).astype(np.int32))
    )
    binding.CreateJointWeightsPrimvar(False, _pieces.SPARE).Set(Vt.FloatArray.FromNumpy(shares.reshape(-1)))
    binding.CreateGeomBindTransformAttr().Set(_identity())
    binding.CreateSkeletonRel().SetTargets([Sdf.Path(skeleton.GetPath())])
    return binding


def _identity() -> Any:
    from pxr import Gf

    return Gf.Matrix4d(1.0)


def _material(stage: Any, mesh: Any, mean: np.ndarray, roughness: float) -> None:
    """A plain surface of the vertices' colours; one mean colour where a viewer cannot read those."""
    from pxr import Gf, Sdf, UsdShade

    place = f"{mesh.GetPath()}/Material"
    material = UsdShade.Material.Define(stage, place)
    reader = UsdShade.Shader.Define(stage, f"{place}/Colours")
    reader.CreateIdAttr("UsdPrimvarReader_float3")
    reader.CreateInput("varname", Sdf.ValueTypeNames.String).Set("displayColor")
    reader.CreateInput("fallback", Sdf.ValueTypeNames.Float3).Set(Gf.Vec3f(*map(float, mean)))
    surface = UsdShade.Shader.Define(stage, f"{place}/Surface")
    surface.CreateIdAttr("UsdPreviewSurface")
    surface.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(round(roughness, 3))
    diffuse = surface.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f)
    diffuse.ConnectToSource(reader.CreateOutput("result", Sdf.ValueTypeNames.Float3))
    material.CreateSurfaceOutput().ConnectToSource(surface.CreateOutput("surface", Sdf.ValueTypeNames.Token))
    UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(material)


def _shape(stage: Any, place: str, movement: np.ndarray) -> Any:
    """A blend shape of the vertices (N, 3) that move, or None where none does."""
    from pxr import UsdSkel, Vt

    used = np.flatnonzero(np.abs(movement).max(axis=1) >= LEAST)
    if not len(used):
        return None
    shape = UsdSkel.BlendShape.Define(stage, place)
    shape.CreateOffsetsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(movement[used])))
    shape.CreatePointIndicesAttr(Vt.IntArray.FromNumpy(used.astype(np.int32)))
    return shape


def _sound(stage: Any, sound: str, first: int) -> None:
    """The recording, whose first sample belongs to the first frame; heard the same everywhere."""
    from pxr import Sdf, UsdMedia

    heard = UsdMedia.SpatialAudio.Define(stage, "/Head/Sound")
    heard.CreateFilePathAttr(Sdf.AssetPath(sound if sound.startswith(("/", "..")) or ":" in sound else f"./{sound}"))
    heard.CreateAuralModeAttr(UsdMedia.Tokens.nonSpatial)
    heard.CreatePlaybackModeAttr(UsdMedia.Tokens.onceFromStart)
    heard.CreateStartTimeAttr(Sdf.TimeCode(first))
