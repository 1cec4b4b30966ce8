import torch

from emoface.config import Config
from emoface.model import EmoFace, fused


def tiny():
    torch.manual_seed(0)
    model = EmoFace(Config(width=16, emotion=8, layers=2, heads=2, hidden=32, reach=4, dropout=0.0), features=5).eval()
    torch.nn.init.normal_(model.controls.weight)
    return model


def inputs(frames=30):
    labels, levels = torch.zeros(1, frames, 8), torch.zeros(1, frames, 3)
    labels[..., 0], levels[..., 0] = 1, 1
    return torch.randn(1, frames, 5), fused(labels, levels)


def test_starts_at_rest():
    model = EmoFace(Config(width=16, emotion=8, layers=1, heads=2, hidden=32), features=5)
    assert (model(*inputs()) == 0).all()


def test_frames_see_their_neighbours():
    model, (features, emotion) = tiny(), inputs()
    changed = features.clone()
    changed[0, 15] += 1
    with torch.no_grad():
        moved = (model(features, emotion) - model(changed, emotion)).abs().amax(-1)[0]
    assert (moved[13:18] > 1e-5).all()
    assert moved[5] == 0


def test_emotion_moves_the_face_where_it_changes():
    model, (features, emotion) = tiny(), inputs()
    angry = emotion.clone()
    angry[0, 20:, 0], angry[0, 20:, 6] = 0, 1
    with torch.no_grad():
        moved = (model(features, emotion) - model(features, angry)).abs().amax(-1)[0]
    assert (moved[20:] > 1e-4).all()
    assert (moved[:12] == 0).all()
