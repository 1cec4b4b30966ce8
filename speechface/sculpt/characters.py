"""People that come with the open head: strengths of the changes of `identity`, a palette and a size."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from speechface.sculpt.palette import Palette


@dataclass(frozen=True)
class Character:
    """about: one line. changes: strength by name. size: factor on all lengths."""

    about: str
    changes: dict[str, float] = field(default_factory=dict)
    palette: Palette = field(default_factory=Palette)
    size: float = 1.0


WARM = Palette()
FAIR = replace(
    WARM, skin=(0.620, 0.400, 0.315), flush=(0.640, 0.270, 0.215), shade=(0.440, 0.235, 0.190), lips=(0.480, 0.235, 0.205),
    iris=(0.150, 0.215, 0.280), iris_core=(0.160, 0.150, 0.120), hair=(0.300, 0.290, 0.280), hair_light=(0.180, 0.180, 0.180),
    brow=(0.260, 0.245, 0.230), lash=(0.050, 0.042, 0.038), stubble=(0.470, 0.370, 0.330), cloth=(0.095, 0.085, 0.080),
)  # fmt: skip
DEEP = replace(
    WARM, skin=(0.165, 0.078, 0.044), flush=(0.200, 0.062, 0.042), shade=(0.090, 0.040, 0.026), lips=(0.190, 0.066, 0.060),
    sclera=(0.600, 0.560, 0.520), iris=(0.050, 0.024, 0.012), iris_core=(0.060, 0.028, 0.012), hair=(0.014, 0.010, 0.008),
    hair_light=(0.016, 0.011, 0.008), brow=(0.012, 0.008, 0.006), lash=(0.006, 0.005, 0.005), stubble=(0.165, 0.078, 0.044),
    cloth=(0.330, 0.150, 0.035), flesh=(0.360, 0.110, 0.110),
)  # fmt: skip
GOLDEN = replace(
    WARM, skin=(0.545, 0.345, 0.225), flush=(0.560, 0.250, 0.175), shade=(0.380, 0.200, 0.135), lips=(0.430, 0.205, 0.170),
    iris=(0.065, 0.034, 0.018), iris_core=(0.080, 0.042, 0.020), hair=(0.014, 0.012, 0.012), hair_light=(0.026, 0.025, 0.026),
    brow=(0.018, 0.014, 0.012), lash=(0.009, 0.008, 0.008), stubble=(0.370, 0.255, 0.195), cloth=(0.105, 0.110, 0.125),
)  # fmt: skip

CHARACTERS = {
    "mira": Character("a woman of thirty, Mediterranean"),
    "otto": Character(
        "a man of sixty-five, northern European",
        {
            "age": 1.0, "browRidge": 1.0, "jawWidth": 1.1, "chinWidth": 1.0, "chinForward": 0.4, "noseLength": 1.0,
            "noseWidth": 0.7, "noseBridge": 0.8, "eyeSize": -0.9, "browHeight": -0.8, "browThickness": 1.1, "lashLength": -1.6,
            "neckWidth": 1.6, "foreheadSlope": 0.6, "earSize": 1.2, "eyeTilt": -0.5, "jawLength": 0.5, "faceWidth": 0.3,
            "hair_swept": 1.0,
        },
        FAIR,
        1.06,
    ),
    "amara": Character(
        "a woman of twenty-five, West African",
        {
            "lipFullness": 1.1, "noseWidth": 1.25, "noseBridge": -1.0, "noseTip": -0.6, "cheekbones": 0.7, "eyeSize": 0.2,
            "eyeSpacing": 0.4, "eyeTilt": 0.4, "jawLength": -0.2, "faceWidth": 0.2, "mouthWidth": 0.4, "foreheadSlope": -0.4,
            "hair_curls": 1.0,
        },
        DEEP,
        0.99,
    ),
    "jun": Character(
        "a man of thirty, East Asian",
        {
            "monolid": 1.0, "noseBridge": -0.4, "noseWidth": 0.6, "faceWidth": 0.8, "jawWidth": 0.7, "chinWidth": 1.0,
            "eyeSize": -0.6, "eyeTilt": 0.3, "browThickness": 1.2, "browHeight": -0.5, "lashLength": -1.6, "neckWidth": 1.2,
            "browRidge": 0.5, "cheekbones": 0.6, "lipFullness": -0.45, "jawLength": 0.3, "chinForward": 0.2, "earSize": 0.5,
            "hair_crop": 1.0,
        },
        GOLDEN,
        1.04,
    ),
}  # fmt: skip
