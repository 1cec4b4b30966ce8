"""three.js in headless Chromium plays a .glb: its morph targets and bones at a time, and a picture that is no blank.

Skipped where there is no Chromium, or no three.js: `npm install three` somewhere and say where in THREE_JS
(THREE_JS=/somewhere/node_modules/three), or install it with `npm install -g three`.
"""

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from render.export import glb
from speechface import heads
from speechface.animation import Animation

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
         "--hide-scrollbars", "--window-size=480,480", "--virtual-time-budget=20000")  # fmt: skip
PAGE = """<!doctype html><body style="margin:0"><script type="importmap">
{"imports": {"three": "/three/build/three.module.js", "three/addons/": "/three/examples/jsm/"}}</script>
<script type="module">
import * as THREE from "three";
import {GLTFLoader} from "three/addons/loaders/GLTFLoader.js";
const time = parseFloat(new URLSearchParams(location.search).get("t"));
const renderer = new THREE.WebGLRenderer({antialias: true, preserveDrawingBuffer: true});
renderer.setSize(480, 480);
document.body.appendChild(renderer.domElement);
const scene = new THREE.Scene(), camera = new THREE.PerspectiveCamera(24, 1, 0.01, 10);
scene.background = new THREE.Color(0x303840);
scene.add(new THREE.HemisphereLight(0xffffff, 0x606070, 1.5));
const lamp = new THREE.DirectionalLight(0xffffff, 2.0);
lamp.position.set(0.5, 0.7, 1.0);
scene.add(lamp);
const gltf = await new GLTFLoader().loadAsync("/files/head.glb");
scene.add(gltf.scene);
const mixer = new THREE.AnimationMixer(gltf.scene);
mixer.clipAction(gltf.animations[0]).play();
mixer.setTime(time);
const box = new THREE.Box3().setFromObject(gltf.scene), middle = box.getCenter(new THREE.Vector3());
camera.position.set(middle.x, middle.y, middle.z + 2.6 * box.getSize(new THREE.Vector3()).y);
camera.lookAt(middle);
renderer.render(scene, camera);
const found = {jaw: gltf.scene.getObjectByName("jaw").quaternion.toArray(), length: gltf.animations[0].duration};
gltf.scene.traverse(one => { if (one.morphTargetDictionary) {
  for (const [name, at] of Object.entries(one.morphTargetDictionary)) found[name] = one.morphTargetInfluences[at]; } });
const told = document.createElement("pre");
told.id = "told";
told.style.display = "none";
told.textContent = JSON.stringify(found);
document.body.appendChild(told);
</script></body>"""


def three_js():
    """Folder of three.js, or None."""
    places = [Path(os.environ["THREE_JS"])] if "THREE_JS" in os.environ else []
    if shutil.which("npm"):
        done = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, check=False)
        places.append(Path(done.stdout.strip()) / "three")
    return next((place for place in places if (place / "build" / "three.module.js").is_file()), None)


THREE = three_js() if CHROMIUM else None


class Server(http.server.SimpleHTTPRequestHandler):
    def translate_path(self, path):
        clean = path.partition("?")[0]
        return (
            str(THREE / clean.removeprefix("/three/")) if clean.startswith("/three/") else super().translate_path(path)
        )

    def log_message(self, *given):
        pass


@pytest.fixture
def browser(tmp_path):
    """Show the .glb in a folder at a time: what the page tells, and a picture."""
    (tmp_path / "files").mkdir()
    (tmp_path / "index.html").write_text(PAGE, encoding="utf-8")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Server, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def show(time):
        page = f"http://127.0.0.1:{server.server_port}/index.html?t={time}"
        picture = tmp_path / f"at-{time}.png"
        words = [
            CHROMIUM,
            *FLAGS,
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--screenshot={picture}",
            "--dump-dom",
            page,
        ]
        done = subprocess.run(words, capture_output=True, text=True, timeout=240, check=False)
        told = done.stdout.partition('id="told"')[2].partition(">")[2].partition("</pre>")[0]
        assert told, done.stdout[-500:] + done.stderr[-500:]
        return json.loads(told), np.asarray(Image.open(picture).convert("L"), dtype=float)

    yield show
    server.shutdown()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.skipif(CHROMIUM is not None and THREE is None, reason="three.js is not installed; see THREE_JS above")
def test_three_js_plays_a_glb(browser, tmp_path):
    head = heads.load("open:arkit,preview")
    wave = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(31) / 30)
    clip = Animation(np.zeros((31, len(head.rig)), np.float32), head.rig.names, 30.0, "arkit")
    clip = clip.with_curves(
        {"jawOpen": 0.8 * wave, "mouthSmileLeft": wave, "eyeBlinkRight": wave, "headYaw": 0.3 * wave}
    )
    glb.write(clip, tmp_path / "files" / "head.glb", head, reduce=0.002)
    (shut, first), (wide, second) = browser(0.0), browser(0.5)
    assert shut["length"] == pytest.approx(1.0, abs=1e-4)
    assert (shut["jawOpen"], shut["mouthSmileLeft"]) == (pytest.approx(0, abs=1e-6),) * 2
    assert wide["jawOpen"] == pytest.approx(0.8, abs=0.002)
    assert wide["mouthSmileLeft"] == pytest.approx(1.0, abs=0.002)
    assert wide["eyeBlinkLeft"] == pytest.approx(0.0, abs=1e-6)
    assert 2 * np.arcsin(wide["jaw"][0]) > 0.2
    assert first.std() > 10
    assert np.abs(second - first).mean() > 1.0
