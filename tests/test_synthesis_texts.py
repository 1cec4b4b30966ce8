"""Texts for the synthetic voices: seeded, complete, and in every language there is a file for."""

from importlib import resources
from itertools import islice

import pytest

from data_prep import texts
from data_prep.texts import english
from speechface.errors import UserError

OTHERS = [language for language in texts.languages() if language != "en"]


def test_twenty_languages_and_english():
    assert "en" in texts.languages()
    assert len(OTHERS) >= 20


@pytest.mark.parametrize("language", texts.languages())
def test_same_seed_gives_the_same_sentences(language):
    first, again = (list(islice(texts.sentences(language, 5), 20)) for _ in range(2))
    assert first == again
    assert first != list(islice(texts.sentences(language, 6), 20))
    assert all(sentence.strip() for sentence in first)


@pytest.mark.parametrize("language", OTHERS)
def test_every_file_has_enough_sentences_of_its_own(language):
    lines = (resources.files(texts) / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    assert len(set(lines)) == len(lines) >= 25


def test_every_slot_of_the_grammar_can_be_filled():
    grammar = english._grammar()
    templates = [template for kind in grammar["kinds"].values() for template in kind]
    templates += [entry for entries in grammar["words"].values() for entry in entries]
    slots = {slot for template in templates for slot in english._SLOT.findall(template)}
    assert slots <= set(grammar["words"]) | set(english._MADE)
    assert set(grammar["weights"]) == set(grammar["kinds"])


def test_english_is_varied_and_clean():
    sentences = list(islice(texts.sentences("en", 0), 400))
    assert len(set(sentences)) > 370
    assert not any("{" in sentence or "  " in sentence for sentence in sentences)
    assert any(sentence.endswith("?") for sentence in sentences)
    assert any(sentence.endswith("!") for sentence in sentences)
    assert any(sentence.count(",") > 2 for sentence in sentences)


def test_articles_are_mended():
    assert english._finish("a apple and a university, a horse") == "An apple and a university, a horse"


def test_unknown_language_is_a_user_error():
    with pytest.raises(UserError, match="unknown language 'xx'"):
        texts.sentences("xx", 0)
