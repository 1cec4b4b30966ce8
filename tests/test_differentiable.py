"""Differentiable pictures: fast against slow, gradients against finite differences, and the portrait against the renderer."""

import sys
from types import ModuleType

import numpy as np
import pytest
import torch

from render import backends, differentiable
from render.camera import Camera
from render.painting import beside
from render.portrait import SPAN, Portrait, Shot
from render.scene import Scene
from speechface import heads
from speechface.errors import UserError

SIZE = (24, 20)


def ball(radius=6.0, rings=7, around=12, centre=(10.0, 12.0, 20.0)):
    """Vertices (V, 3) in pixels and faces (F, 3), fronts outside, of a ball; y goes down and depth away from the eye."""
    angles = np.linspace(0.0, np.pi, rings + 2)[1:-1]
    turns = np.arange(around) / around * 2.0 * np.pi
    rows = [[np.cos(a), np.sin(a) * np.cos(t), np.sin(a) * np.sin(t)] for a in angles for t in turns]
    points = np.array([[1.0, 0.0, 0.0], *rows, [-1.0, 0.0, 0.0]])[:, [1, 0, 2]]
    last, faces = len(points) - 1, []
    for column in range(around):
        after = (column + 1) % around
        faces.append([0, 1 + column, 1 + after])
        for ring in range(rings - 1):
            a, b = 1 + ring * around + column, 1 + ring * around + after
            faces += [[a, a + around, b], [b, a + around, b + around]]
        base = 1 + (rings - 1) * around
        faces.append([base + column, last, base + after])
    faces, places = np.array(faces), radius * points + centre
    corners = places[faces]
    outward = (np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) * (corners.mean(1) - centre)).sum(
        1
    )
    # Pictures have y down: what turns outwards in them is counter-clockwise seen from the front once y goes up.
    faces[outward > 0] = faces[outward > 0][:, ::-1]
    return torch.tensor(places, dtype=torch.float32), torch.tensor(faces)


def two_balls():
    """A large ball and a small one before it, with colours."""
    (big, faces), (small, more) = ball(), ball(2.5, 5, 8, (12.0, 11.0, 8.0))
    places, faces = torch.cat([big, small]), torch.cat([faces, more + len(big)])
    colours = torch.rand(len(places), 2, generator=torch.Generator().manual_seed(0))
    colours[len(big) :] += 1.0
    return places, colours, faces, torch.from_numpy(beside(faces.numpy()))


def slowly(places, faces, size):
    """The nearest front at every pixel's centre, by asking every face."""
    out = np.full(size, -1)
    for row in range(size[0]):
        for column in range(size[1]):
            best = np.inf
            for number, (a, b, c) in enumerate(places[faces].double().numpy()):
                area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
                if area >= 0:
                    continue
                x, y = column + 0.5, row + 0.5
                p = ((b[0] - x) * (c[1] - y) - (c[0] - x) * (b[1] - y)) / area
                q = ((c[0] - x) * (a[1] - y) - (a[0] - x) * (c[1] - y)) / area
                depth = p * a[2] + q * b[2] + (1 - p - q) * c[2]
                if min(p, q, 1 - p - q) >= 0 and depth < best:
                    best, out[row, column] = depth, number
    return out


def test_what_is_seen_is_what_a_slow_search_finds():
    places, _, faces, _ = two_balls()
    slow = slowly(places, faces, SIZE)
    assert (slow >= 0).sum() > 80
    assert (differentiable.load("soft").visible(places[None], faces, SIZE)[0].numpy() == slow).all()


def test_compiled_and_plain_draw_the_same_with_the_same_gradients():
    places, colours, faces, neighbours = two_balls()
    places = places + torch.tensor([0.137, 0.219, 0.0])  # no corner on a line of centres: there two edges are as good
    places = torch.stack([places, places + torch.tensor([2.3, -1.2, 0.0])])
    colours = torch.stack([colours, colours.flip(1)])
    weight = torch.randn(2, *SIZE, 2, generator=torch.Generator().manual_seed(1))
    found = []
    for name in ("soft", "compiled"):
        at, paint = places.clone().requires_grad_(), colours.clone().requires_grad_()
        pictures = differentiable.load(name).draw(at, paint, faces, neighbours, SIZE)
        (pictures * weight).sum().backward()
        found.append((pictures.detach(), at.grad, paint.grad))
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, atol=2e-4 * float(one.abs().max()))


def test_compiled_and_plain_normals_are_the_same_with_the_same_gradients():
    points, faces = ball()
    points = torch.stack([points, points * torch.tensor([1.0, 0.5, 2.0])])
    weight = torch.randn(points.shape, generator=torch.Generator().manual_seed(1))
    found = []
    for name in ("soft", "compiled"):
        at = points.clone().requires_grad_()
        out = differentiable.load(name).normals(at, faces)
        (out * weight).sum().backward()
        found.append((out.detach(), at.grad))
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, atol=1e-5 * float(one.abs().max()))


@pytest.mark.parametrize("name", ["soft", "compiled"])
@pytest.mark.parametrize("what", ["right", "down", "wider", "the small ball alone"])
def test_gradient_of_places_is_that_of_finite_differences(name, what):
    """Over many places between the pixels: a picture made of pixels jumps a little as edges pass their centres."""
    places, colours, faces, neighbours = two_balls()
    colours = colours * 0.2 + colours.mean(dim=0)
    way = {"right": torch.tensor([1.0, 0.0, 0.0]), "down": torch.tensor([0.0, 1.0, 0.0])}.get(what)
    if what == "wider":
        way = (places - places.mean(dim=0)) * torch.tensor([0.2, 0.2, 0.0])
    elif way is None:
        way = torch.zeros_like(places)
        way[-(5 * 8 + 2) :, 0] = 1.0
    rows, columns = torch.meshgrid(*(torch.arange(n) for n in SIZE), indexing="ij")
    weight = torch.stack([torch.sin(rows / 5.0 + columns / 7.0), torch.cos(rows / 6.0 - columns / 4.0)], dim=2)
    weight = weight + ((rows + columns) / 10.0)[..., None]
    draw = differentiable.load(name).draw

    def value(at):
        return (draw(at[None], colours[None], faces, neighbours, SIZE)[0] * weight).sum()

    told, measured, size = [], [], []
    for number in range(32):
        shift = torch.tensor([(number * 0.618) % 1.0, (number * 0.414) % 1.0, 0.0])
        at = (places + shift).requires_grad_()
        value(at).backward()
        told.append(float((at.grad * way).sum()))
        size.append(float((at.grad * way).abs().sum()))  # pushes from all sides, which cancel in part
        with torch.no_grad():
            measured.append(float(value(at + 0.5 * way) - value(at - 0.5 * way)))
    assert abs(np.mean(told) - np.mean(measured)) < 0.06 * np.mean(size)
    assert np.mean(size) > 1.0


def test_gradient_of_colours_is_exact():
    places, colours, faces, neighbours = two_balls()
    way = torch.randn(colours.shape, generator=torch.Generator().manual_seed(2))
    weight = torch.randn(*SIZE, 2, generator=torch.Generator().manual_seed(3))
    draw, paint = differentiable.load("compiled").draw, colours.clone().requires_grad_()

    def value(of):
        return (draw(places[None], of[None], faces, neighbours, SIZE)[0] * weight).sum()

    value(paint).backward()
    with torch.no_grad():
        assert float((paint.grad * way).sum()) == pytest.approx(float(value(paint + way) - value(paint)), rel=1e-3)


def test_faces_beside_each_other():
    faces = np.array([[0, 1, 2], [2, 1, 3], [0, 2, 4]])
    assert beside(faces).tolist() == [[-1, 1, 2], [0, -1, -1], [0, -1, -1]]


def test_pytorch3d_is_used_by_its_contract(monkeypatch):
    """On a stand-in: X to the left, Y up, the shorter side from -1 to 1, faces numbered from 0 in a batch of one."""

    class Meshes:
        def __init__(self, verts, faces):
            self.verts, self.faces = verts[0], faces[0]

    def rasterize_meshes(meshes, image_size, blur_radius, faces_per_pixel, perspective_correct, cull_backfaces):
        assert (blur_radius, faces_per_pixel, perspective_correct, cull_backfaces) == (0.0, 1, False, True)
        height, width = image_size
        short = min(image_size)
        assert meshes.verts[:, 2].min() > 0
        x, y = 0.5 * (width - short * meshes.verts[:, 0]), 0.5 * (height - short * meshes.verts[:, 1])
        found = slowly(torch.stack([x, y, meshes.verts[:, 2]], dim=1), meshes.faces, image_size)
        return (torch.from_numpy(found)[None, ..., None],)

    with pytest.raises(UserError, match="build PyTorch3D"):
        differentiable.load("pytorch3d")
    for name, contents in {
        "pytorch3d": {}, "pytorch3d.structures": {"Meshes": Meshes}, "pytorch3d.renderer": {},
        "pytorch3d.renderer.mesh": {"rasterize_meshes": rasterize_meshes},
    }.items():  # fmt: skip
        module = ModuleType(name)
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, name, module)
    places, colours, faces, neighbours = two_balls()
    given = (places[None], colours[None], faces, neighbours, SIZE)
    drawn = differentiable.load("pytorch3d").draw(*given)
    assert torch.allclose(drawn, differentiable.load("soft").draw(*given), atol=1e-4)


@pytest.fixture(scope="module")
def head():
    return heads.load("flame:preview")


def motion(head, **controls):
    """(1, 1, C) motion of a FLAME face, as nets make it."""
    names = [name for name in head.rig.names if name.startswith(("expression_", "jaw_"))]
    out = torch.zeros(1, 1, len(names))
    for name, value in controls.items():
        out[..., names.index(name)] = value
    return out


def test_a_portrait_shows_what_the_renderer_draws(head):
    """The outline and the opened mouth, on the renderer's picture from so far away that lines stay parallel."""
    portrait = Portrait(head, "face", 128)
    drawn = portrait(motion(head, jaw_x=0.25))[0, 0, 0].detach().numpy()
    centre, far = portrait.centre.numpy().astype(float), 20.0
    camera = Camera(
        (centre[0], centre[1], centre[2] + far), tuple(centre), 2.0 * np.arctan(0.5 * portrait.metres / far)
    )
    controls = np.zeros((1, len(head.rig)), dtype=np.float32)
    controls[:, head.rig.index["jaw_x"]] = 0.25
    scene = Scene.of(head, size=(128, 128), quality="draft", camera=camera, transparent=True)
    picture = next(iter(backends.draw(head.vertices(controls), scene, "software"))).astype(float) / 255.0
    cover, low = picture[..., 3] > 0.5, slice(56, 100)  # from the eyes to the chin: above there is hair, below a collar
    assert (cover[low] == (drawn[low] > 0.02)).mean() > 0.98
    grey = picture[..., :3] @ [0.2126, 0.7152, 0.0722]
    both = cover & (drawn > 0.02)
    both[:50], both[100:] = False, False
    assert np.corrcoef(grey[both], drawn[both])[0, 1] > 0.6


def test_a_mouth_stays_in_the_middle_and_light_and_turn_are_seen(head):
    portrait = Portrait(head, "mouth")
    assert portrait.size == 88
    with torch.no_grad():
        still = portrait(motion(head))
        assert still.shape == (1, 1, 1, 88, 88)
        opened = portrait(motion(head, jaw_x=0.3))
        assert (opened - still).abs().mean() > 0.01
        darker = portrait(motion(head), Shot(light=tuple(0.5 * value for value in Shot().light)))
        assert darker.mean() < 0.8 * still.mean()
        turned = portrait(motion(head), Shot(turn=(0.0, 0.4, 0.0)))
        assert (turned - still).abs().mean() > 0.01
    assert portrait.metres == pytest.approx(SPAN["mouth"] * 0.049, rel=0.05)


def test_a_gradient_opens_the_jaw(head):
    """What a picture of an open mouth says to a shut one."""
    portrait = Portrait(head, "mouth", 44)
    with torch.no_grad():
        wanted = portrait(motion(head, jaw_x=0.2))
    jaw = torch.tensor(0.02, requires_grad=True)
    step = torch.optim.Adam([jaw], lr=0.02)
    for _ in range(30):
        made = motion(head).index_fill(2, torch.tensor([len(motion(head)[0, 0]) - 3]), 0.0)
        made = made + torch.nn.functional.one_hot(torch.tensor(made.shape[2] - 3), made.shape[2]) * jaw
        loss = (portrait(made) - wanted).square().mean()
        step.zero_grad()
        loss.backward()
        step.step()
    assert float(jaw) == pytest.approx(0.2, abs=0.03)


def test_unknown_views_and_rasterisers(head):
    with pytest.raises(UserError, match="mouth"):
        Portrait(head, "mout")
    with pytest.raises(UserError, match="soft"):
        differentiable.load("sotf")
