"""Ways out: pictures, video and files. `backends/` draw, `export/` write; `scene.Scene` says how a head is shown."""
