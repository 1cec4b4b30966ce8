"""Blender itself reads what is for it: the script keys a character's shapes, and the .glb comes in with the line's values.

Skipped where Blender's module is missing: `pip install bpy` here, or into another environment whose Python BLENDER_PYTHON names.
"""

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from made_line import click, line

from render.export import blender, glb
from speechface import heads, rigs

PYTHON = os.environ.get("BLENDER_PYTHON") or (sys.executable if importlib.util.find_spec("bpy") else None)
SHAPES = [name for name in rigs.load("arkit").names if not name.startswith("head")]
INSIDE = """
import json, sys
import bpy

folder, names = sys.argv[1], json.loads(sys.argv[2])
found = {}


def played(blocks, count, first=0):
    scene, values = bpy.context.scene, {}
    for frame in range(first, first + count):
        scene.frame_set(frame)
        for block in blocks:
            values.setdefault(block.name, []).append(block.value)
    return values


bpy.ops.wm.read_factory_settings(use_empty=True)
mesh = bpy.data.meshes.new("face")
mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
face = bpy.data.objects.new("face", mesh)
bpy.context.collection.objects.link(face)
face.shape_key_add(name="Basis")
for name in names:
    face.shape_key_add(name=name[0].upper() + name[1:].replace("Left", "_L"))
path = folder + "/line.blender.py"
for _ in range(2):  # the second run takes the place of the first
    exec(compile(open(path).read(), path, "exec"), {"__name__": "__main__", "__file__": path})
scene = bpy.context.scene
found["rate"] = scene.render.fps / scene.render.fps_base
found["script"] = list(played(mesh.shape_keys.key_blocks[1:], 40, 30).values())
found["sounds"] = [[strip.frame_start, strip.type] for strip in scene.sequence_editor.strips_all]

bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.context.scene.render.fps = 30
bpy.ops.import_scene.gltf(filepath=folder + "/line.glb")
keyed = [one.data.shape_keys for one in bpy.data.objects if one.type == "MESH" and one.data.shape_keys]
found["glb"] = played(keyed[0].key_blocks[1:], 40)
found["bones"] = sorted(bone.name for one in bpy.data.armatures for bone in one.bones)
print("FOUND" + json.dumps(found))
"""


@pytest.mark.slow
@pytest.mark.skipif(PYTHON is None, reason="Blender's module is not installed (pip install bpy, or see BLENDER_PYTHON)")
def test_blender_plays_the_script_and_the_glb(tmp_path):
    clip = line("arkit", audio=click(tmp_path / "line.wav", 0.5))
    head = heads.load("open:arkit,preview")
    blender.write(clip, tmp_path / "line.blender.py", timecode="00:00:01:00")
    glb.write(clip, tmp_path / "line.glb", head)
    (tmp_path / "inside.py").write_text(INSIDE)
    words = [PYTHON, str(tmp_path / "inside.py"), str(tmp_path), json.dumps(SHAPES)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert "FOUND" in done.stdout, done.stdout[-500:] + done.stderr[-2000:]
    found = json.loads(done.stdout.partition("FOUND")[2])
    assert found["rate"] == 30
    assert np.abs(np.array(found["script"]).T - clip.columns(SHAPES)).max() < 1e-6
    assert found["sounds"][0] == [30, "SOUND"]
    for name in SHAPES:
        assert np.abs(np.array(found["glb"][name]) - clip[name]).max() < 1e-4, name
    assert {"jaw", "neck"} <= set(found["bones"])
