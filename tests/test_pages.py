"""How pages are typed and worded: features/pages.py and training/pages.py."""

from __future__ import annotations

import json
import lzma
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from quality.document import Document
from quality.features import Batch
from quality.features.pages import (
    Outline,
    PageModel,
    PageWeights,
    Wording,
    document_counts,
    evidence,
    outline_weights,
    page_model,
)
from quality.model import Models
from quality.segmentation import segment
from quality.training.data import Text
from quality.training.manifest import write_manifest
from quality.training.pages import (
    cell_weights,
    count_words,
    english_words,
    outline_of,
    say_of_outline,
    train_documentation_pages,
    train_outline,
    wording_of,
)

#: Words of three languages that nobody speaks; the first are the commonest.
WORDS = {
    "es": ("la", "el", "hoja", "mesa", "piedra", "camino", "lluvia", "puerta"),
    "fr": ("le", "un", "porte", "pluie", "chemin", "pierre", "table", "feuille"),
    "it": ("il", "di", "foglia", "pietra", "strada", "pioggia", "tavolo", "finestra"),
}


def page(chance: random.Random, language: str, *, raw: bool) -> str:
    """Sentences with numbers and brackets; a raw translation has commas in numbers and blanks inside brackets."""
    words = WORDS[language]
    sentences = []
    for _ in range(12):
        some = [chance.choice(words[:2] if at % 2 else words[2:]) for at in range(7)]
        version, name = (
            (("3,0", "( Azure )") if raw else ("3.0", "(Azure)")) if chance.random() < 0.6 else ("7", "Azure")
        )
        sentences.append(f"{' '.join(some).capitalize()} {version} {name}.")
    return "\n".join(sentences)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Documentation of two products in French and Italian, forty pages of each label, and some English."""
    chance = random.Random(1)
    (tmp_path / "data" / "msdocs").mkdir(parents=True)
    pages = {
        language: [
            {"text": page(chance, language, raw=raw), "kind": "mt" if raw else "human-translation", "product": product}
            for product in ("one", "two")
            for raw in (True, False)
            for _ in range(40)
        ]
        for language in ("fr", "it")
    }
    pages["en"] = [{"text": "the sheet of the door and the information of the page\n" * 5}]
    for language, rows in pages.items():
        with lzma.open(tmp_path / "data" / "msdocs" / f"{language}.jsonl.xz", "wt", encoding="utf-8") as stream:
            stream.writelines(json.dumps(row) + "\n" for row in rows)
    return tmp_path / "data"


def test_an_outline_learned_in_two_languages_tells_raw_pages_of_a_third(data: Path, tmp_path: Path) -> None:
    train_outline(data, tmp_path, languages=("fr", "it"))
    write_manifest(tmp_path, (), seed=0)
    models = Models(tmp_path)
    weights = outline_weights(models)
    assert weights is not None
    chance = random.Random(2)
    outline = outline_of(count_words(page(chance, "es", raw=False) for _ in range(20)), english_words(models))
    raw, people = (
        [weights.evidence(*document_counts(page(chance, "es", raw=bad), outline)) for _ in range(20)]
        for bad in (True, False)
    )
    assert min(raw) > max(people)


def test_a_product_can_be_left_out_of_the_outline_in_all_languages(data: Path, tmp_path: Path) -> None:
    for row in ("a", "b"):
        (tmp_path / row).mkdir()
    train_outline(data, tmp_path / "a", languages=("fr", "it"), products=("one",))
    for path in (data / "msdocs").glob("[fi]*.xz"):
        with lzma.open(path, "rt", encoding="utf-8") as stream:
            rows = [line for line in stream if json.loads(line)["product"] != "one"]
        with lzma.open(path, "wt", encoding="utf-8") as stream:
            stream.writelines(rows)
    train_outline(data, tmp_path / "b", languages=("fr", "it"))
    first, second = (np.load(tmp_path / row / "outline.npz")["weights"] for row in ("a", "b"))
    assert first.any()
    assert (first == second).all()


def test_marks_and_blanks_are_the_same_wherever_they_were_published() -> None:
    outline = Outline(frozenset({"la"}), frozenset())
    curly, straight = (document_counts(text, outline) for text in ("« L’hora »\u00a0– la…", '" L\'hora " - la...'))
    assert curly[0].tolist() == straight[0].tolist()
    assert curly[1].tolist() == straight[1].tolist()


def test_what_a_page_repeats_counts_little_more_and_every_page_has_one_length() -> None:
    text = "la casa azul.\n"
    for reading, most in ((Outline(frozenset({"la"}), frozenset()), 4.0), (Wording(frozenset({"la"})), 1.0)):
        once, often = (document_counts(text * times + "no es verde", reading)[1] for times in (1, 50))
        assert np.sqrt((once**2).sum()) == pytest.approx(4.0)
        assert np.sqrt((often**2).sum()) == pytest.approx(4.0)
        assert often.max() <= most * np.median(often)


def test_both_labels_count_alike_in_every_group_and_one_label_alone_teaches_nothing() -> None:
    damaged = np.array([True] * 90 + [False] * 10 + [True] * 10 + [False] * 30 + [False] * 20)
    weights = cell_weights(damaged, ["a"] * 100 + ["b"] * 40 + ["c"] * 20)
    for group in (slice(0, 100), slice(100, 140)):
        assert weights[group][damaged[group]].sum() == pytest.approx(weights[group][~damaged[group]].sum())
    assert not weights[140:].any()
    # Groups of a page each are judged together, or nothing could be learned.
    assert cell_weights(damaged, [str(at) for at in range(160)]).all()


def test_the_outline_has_its_say_where_it_tells_one_group_and_none_where_it_tells_none() -> None:
    damaged = np.tile([True, False], 60)
    documentation, news = ["manual"] * 40, ["news"] * 80
    told = np.where(damaged, 1.0, -1.0)
    assert say_of_outline(told, damaged, documentation + news) == 1.0
    # In news it says the opposite: the mean of both groups would leave it no say.
    mixed = np.where(np.arange(120) < 40, told, -told)
    assert say_of_outline(mixed, damaged, documentation + news) == 1.0
    assert say_of_outline(np.zeros(120), damaged, documentation + news) == 0.0
    assert say_of_outline(-told, damaged, documentation + news) == 0.0
    # Groups of a page each are judged together.
    assert say_of_outline(told, damaged, [str(at) for at in range(120)]) == 1.0


def test_the_outline_has_no_say_where_only_chance_tells_some_of_many_small_groups() -> None:
    chance = np.random.default_rng(0)
    damaged, groups = np.tile([True, False], 400), [str(at // 20) for at in range(800)]
    says = [say_of_outline(chance.normal(size=800), damaged, groups) for _ in range(20)]
    assert np.median(says) < 0.25


def test_wording_keeps_what_labelled_and_plain_text_share() -> None:
    wording = wording_of(Counter({"la": 9, "nuget": 50}), Counter({"la": 9, "lluvia": 50}))
    assert wording.vocabulary == {"la"}


def test_a_language_without_an_outline_is_judged_by_its_wording_alone() -> None:
    weights = np.zeros(1 << 18, np.int8)
    slots, values = document_counts("la casa", Wording(frozenset({"la"})))
    weights[slots] = 1
    model = PageModel(
        Outline(frozenset(), frozenset()), Wording(frozenset({"la"})), None, PageWeights(weights, 0.5, 1.0), (2.0, 1.0)
    )
    assert model.evidence("la casa") == pytest.approx(2.0 * (0.5 * values.sum() + 1.0))
    assert model.evidence("") == pytest.approx(2.0)


def documentation() -> list[Text]:
    """Thirty pages of each label of four products; one has its numbers typed the other way round."""
    chance = random.Random(3)
    return [
        Text(
            page(chance, "fr", raw=raw != (product == "odd")),
            language="fr",
            label="mt" if raw else "human",
            source="msdocs/fr",
            group=product,
            document=f"{product}{raw}{number}",
        )
        for product in ("one", "two", "three", "odd")
        for raw in (True, False)
        for number in range(30)
    ]


def test_documentation_is_judged_by_models_that_had_not_seen_its_product() -> None:
    texts = documentation()
    folds = [0 if text.group == "odd" else 1 + len(text.group) % 2 for text in texts]
    found = train_documentation_pages(texts, folds, 4, Counter({"le": 9, "un": 9}), {"azure": 0.1})
    assert len(found.held_out) == 4, "one is of a fold without pages"
    raw, people = (
        [found.held_out[0].evidence(text.text) for text in texts if text.group == "odd" and text.label == label]
        for label in ("mt", "human")
    )
    assert max(raw) < min(people), "what is typed the other way round was learned of other products"
    again = PageModel.read(found.model.arrays(), None)
    assert again.documentation_only
    assert [again.evidence(text.text) for text in texts] == [found.model.evidence(text.text) for text in texts]


def test_only_documentation_is_read_where_nothing_else_was_learned_of(tmp_path: Path) -> None:
    texts = documentation()
    model = train_documentation_pages(texts, [0] * 120 + [1] * 120, 2, Counter({"le": 9}), {}).model
    (tmp_path / "fr").mkdir()
    np.savez_compressed(tmp_path / "fr" / "pages.npz", allow_pickle=False, **model.arrays())
    write_manifest(tmp_path, ("fr",), seed=0)
    read = page_model(Models(tmp_path), "fr")
    assert read is not None
    batch = Batch.of([segment(Document(text.text)) for text in texts[:3]])
    known, unlikely, other = evidence(batch, read, np.array([0.9, 0.05, 0.9]))
    assert known == pytest.approx(model.evidence(texts[0].text))
    assert unlikely == 0.0
    assert other == pytest.approx(model.evidence(texts[2].text))
