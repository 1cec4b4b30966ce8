"""`Proportions`: the measures of the head that is sculpted, in centimetres.

The defaults are a stylised adult: distances between landmarks follow published means for adult women (noted by each
field: F = Farkas, Katic & Forrest, J. Craniofac. Surg. 16 (2005) 615, North American whites, rounded; D = Dodgson,
Proc. SPIE 5291 (2004) 36). What has no letter is chosen by eye. Eyes are enlarged by a fifth, as in animated films.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Proportions:
    """Named lengths; widths are full widths, heights are measured from the line of the pupils, down is negative."""

    pupil_distance: float = 6.36  # D: 6.3
    eyeball_radius: float = 1.5
    eyeball_depth: float = 6.62  # Z of the eyeball's centre
    cornea_rise: float = 0.09  # how far the cornea stands out from the eyeball
    lid_thickness: float = 0.14  # outside of the lid over the eyeball
    inner_canthi: float = 3.1  # F: en-en 3.2
    fissure_length: float = 3.42  # F: ex-en 3.1, enlarged

    head_breadth: float = 14.5
    head_length: float = 18.6
    face_breadth: float = 12.9  # F: zy-zy 13.0
    jaw_breadth: float = 9.0  # F: go-go 9.4
    crown_height: float = 11.4
    brow_height: float = 2.35
    nasion_height: float = 0.75
    nose_tip_height: float = -3.0
    nose_tip_depth: float = 10.75
    nose_base_height: float = -4.2
    nose_breadth: float = 3.05  # F: al-al 3.1
    mouth_height: float = -5.95
    mouth_breadth: float = 4.9  # F: ch-ch 5.0
    mouth_depth: float = 9.45
    chin_height: float = -10.1
    chin_depth: float = 9.1
    neck_breadth: float = 8.7
