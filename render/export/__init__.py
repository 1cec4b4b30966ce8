"""Exporters. One module each; the first line of its docstring is its help, `SUFFIXES` the file endings it claims.

`write(animation, path, head, progress, **options)` writes an `Animation` as a head performs it and tells `progress` the
share done. An exporter with `RIG` writes curves of that rig and needs no head (`head=None`); one that carries keys takes
`reduce`, one whose file can name its first frame `timecode`; an ending of two words (`.unreal.py`) tells those apart that end
alike. Nothing half-written is left behind; what the user got wrong is a `UserError`. Modules import heavy libraries
when they write, not when they are imported. One that draws pictures also has `shot(**options) -> render.shot.Shot`, which
checks the options of `write` before there is anything to draw.
"""
