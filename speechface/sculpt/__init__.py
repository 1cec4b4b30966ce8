"""The program that makes the open head: no mesh, scan or texture of anybody, only numbers written here.

Inside this package lengths are centimetres, because that is what a face is measured in; the pupils at rest lie at
height 0, X points to the character's left, Y up and Z out of the face. `build` turns the result into metres.

The order of making: `proportions` -> `field` (a signed distance) -> `grid`, `eyelids`, `lips`, `ears`, `nostrils` (the
skin, one quad mesh) -> `eyeballs`, `teeth`, `tongue`, `brows`, `lashes`, `hair`, `collar` -> `jaw` (joint weights) ->
`muscles_*` (what every control moves) -> `correctives` -> `appearance`, `landmarks`, `identity` -> `build`.
"""
