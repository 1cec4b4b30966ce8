"""Content-emotion exchange: who borrows whose feeling, and that lips follow the sound and the face the donor."""

import pytest
import torch
from torch import nn

from emote.config import Watched
from emote.exchange import exchanged, partners
from emote.perceptual import Pairs, WatchedObjective, Watching
from speechface.errors import UserError


def style(*emotions, frames=6, subjects=4):
    """(B, T, 8 + 3 + subjects) styles of clips that feel one thing, each said by another subject."""
    out = torch.zeros(len(emotions), frames, 11 + subjects)
    for clip, emotion in enumerate(emotions):
        out[clip, :, emotion] = 1.0
        out[clip, :, 8 + clip % 3] = 1.0
        out[clip, :, 11 + clip % subjects] = 1.0
    return out


@pytest.mark.parametrize("emotions", [(1, 1, 2, 2), (1, 1, 1, 2), (0, 3), (5, 5, 5), (1, 2, 3, 4, 4, 4)])
def test_partners_are_a_derangement_of_feelings_that_differ_where_they_can(emotions):
    given = style(*emotions)
    most = max(emotions.count(emotion) for emotion in emotions)
    seen = set()
    for seed in range(20):
        order = partners(given, torch.Generator().manual_seed(seed)).tolist()
        assert sorted(order) == list(range(len(emotions)))
        assert all(own != donor for own, donor in enumerate(order))
        same = sum(emotions[own] == emotions[donor] for own, donor in enumerate(order))
        assert same == max(0, 2 * most - len(emotions))  # the least there can be
        seen.add(tuple(order))
    assert len(seen) > 1 or len(emotions) < 4
    assert partners(given).tolist() == partners(given).tolist()


def test_one_clip_has_no_partner():
    with pytest.raises(UserError, match="two clips"):
        partners(style(1))


def test_feeling_and_intensity_go_over_and_the_subject_stays():
    given = style(1, 2, 3)
    order = torch.tensor([1, 2, 0])
    out = exchanged(given, order)
    assert torch.equal(out[..., :11], given[order][..., :11])
    assert torch.equal(out[..., 11:], given[..., 11:])


class Said(nn.Module):
    """Motion (B, T, 8 + 3): what is felt, from the style, and what is said, from the sound; or one of them from elsewhere."""

    def __init__(self, mix="right"):
        super().__init__()
        self.mix = mix

    def forward(self, features, style, mask=None):
        felt, said, half = style[..., :8], features, len(features) // 2
        if self.mix == "feels as before" and len(features) == 8:
            felt = torch.cat([felt[:half], felt[:half]])
        if self.mix == "says what the donor says" and len(features) == 8:
            said = torch.cat([said[:half], said[:half].roll(1, dims=0)])
        return torch.cat([felt, said], dim=-1)


class First:
    """Stage 1 without a term."""

    def compare(self, made, motion, mask):
        assert len(made) == len(motion)  # no vertices are wanted of what was exchanged
        return {}


class Camera(nn.Module):
    """Shows some of the parameters."""

    def __init__(self, columns):
        super().__init__()
        self.columns = columns

    def forward(self, motion):
        return motion[..., self.columns]


class Judge(nn.Module):
    rate = 25.0

    def forward(self, pictures):
        return pictures.mean(dim=1)


def lesson():
    draw = torch.Generator().manual_seed(0)
    given = style(1, 2, 3, 4)
    features = torch.randn(4, 6, 3, generator=draw)
    motion = torch.cat([given[..., :8], features], dim=-1)
    return features, given, motion, torch.ones(4, 6, dtype=torch.bool), torch.tensor([1, 2, 3, 0])


def watch(skip=()):
    watching = Watching(Camera(slice(8, 11)), Camera(slice(0, 8)), nn.Identity(), Judge(), Watched())
    return WatchedObjective(First(), watching, 25.0, skip)


@pytest.mark.parametrize(
    ("mix", "wrong"),
    [("right", set()), ("feels as before", {"video_emotion_exchanged"}),
     ("says what the donor says", {"lip_reading_exchanged"})],
)  # fmt: skip
def test_lips_follow_the_clip_that_was_heard_and_the_face_the_donor(mix, wrong):
    terms = watch()(Said(mix), lesson())
    assert set(terms) == {"lip_reading", "lip_reading_exchanged", "video_emotion", "video_emotion_exchanged"}
    for name, value in terms.items():
        assert (float(value) > 0.1) == (name in wrong), name
        assert name in wrong or float(value) < 1e-6


def test_a_net_learns_to_feel_as_the_donor_and_say_what_it_heard():
    """Two linear maps that begin confused: sound and style both reach everything."""
    torch.manual_seed(0)

    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.map = nn.Linear(3 + 15, 11)

        def forward(self, features, style, mask=None):
            return self.map(torch.cat([features, style], dim=-1))

    net, objective, features = Mixed(), watch(), torch.randn(64, 4, 6, 3)
    step = torch.optim.Adam(net.parameters(), lr=0.03)
    _, given, _, mask, order = lesson()
    for heard in features.repeat(4, 1, 1, 1):
        motion = torch.cat([given[..., :8], heard], dim=-1)
        terms = objective(net, (heard, given, motion, mask, order))
        step.zero_grad()
        (terms["lip_reading_exchanged"] + terms["video_emotion_exchanged"]).backward()
        step.step()
    heard = torch.randn(4, 6, 3)
    made = net(heard, exchanged(given, order))
    cosine = nn.functional.cosine_similarity
    assert cosine(made[..., 8:], heard, dim=-1).mean() > 0.9
    assert cosine(made[..., :8].mean(dim=1), given[order][..., :8].mean(dim=1), dim=-1).mean() > 0.9


def test_what_has_no_weight_is_not_computed():
    watching = Watching(Camera(slice(8, 11)), Camera(slice(0, 8)), nn.Identity(), Judge(), Watched(lip_reading=0.0))
    assert "lip_reading" not in watching.objective(First(), 25.0)(Said(), lesson())
    seen = []

    class Counting(Said):
        def forward(self, features, style, mask=None):
            seen.append(len(features))
            return super().forward(features, style, mask)

    terms = watch(("lip_reading_exchanged", "video_emotion_exchanged"))(Counting(), lesson())
    assert set(terms) == {"lip_reading", "video_emotion"}
    assert seen == [4]


def test_pairs_add_partners_to_the_lessons():
    class Lessons:
        def batch(self, step, generator):
            return lesson()[:4]

    *_, order = Pairs(Lessons()).batch(0, torch.Generator().manual_seed(0))
    assert sorted(order.tolist()) == [0, 1, 2, 3]
