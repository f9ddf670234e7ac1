"""The demo corpus is labelled in full, and every damaged seed has its clean twin."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quality.document import KINDS, Document
from quality.segmentation import segment

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
LABELS: dict[str, dict[str, Any]] = tomllib.loads((SEEDS / "labels.toml").read_text(encoding="utf-8"))
DAMAGED = sorted(name for name, label in LABELS.items() if label["severity"] != "none")
NAMED_KINDS = {
    "mt": "machine_translation",
    "spun": "spinning",
    "boilerplate": "boilerplate",
    "script": "mixed_script",
    "encoding": "broken_encoding",
    "foreign": "foreign_language",
}


def read(name: str) -> str:
    return (SEEDS / name).read_text(encoding="utf-8")


def paragraphs(name: str) -> list[str]:
    document = Document(read(name), format="markdown" if name.endswith(".md") else "text")
    return [paragraph.text for paragraph in segment(document)]


def visible_kinds(name: str) -> set[str]:
    return {kind for kinds in LABELS[name]["paragraphs"] for kind in kinds}


def shingles(text: str) -> Iterator[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return zip(*(words[start:] for start in range(8)), strict=False)


def test_every_seed_is_labelled_and_every_label_has_its_seed() -> None:
    assert sorted(LABELS) == sorted(path.name for path in SEEDS.iterdir() if path.name != "labels.toml")
    assert len(LABELS) >= 24
    assert list(LABELS) == sorted(LABELS)


@pytest.mark.parametrize("name", LABELS)
def test_a_seed_has_one_list_of_known_kinds_for_each_paragraph(name: str) -> None:
    label = LABELS[name]
    assert len(label["paragraphs"]) == len(paragraphs(name))
    assert visible_kinds(name) <= set(KINDS)
    assert set(label["document"]) <= visible_kinds(name) - {"boilerplate", "foreign_language"}


@pytest.mark.parametrize("name", [name for name in LABELS if name.endswith(".txt")])
def test_a_paragraph_of_a_text_seed_is_a_non_blank_line(name: str) -> None:
    assert paragraphs(name) == [line.strip() for line in read(name).split("\n") if line.strip()]


@pytest.mark.parametrize("name", LABELS)
def test_a_seed_is_long_enough_to_be_judged_and_short_enough_to_be_read(name: str) -> None:
    assert 120 <= len(read(name).split()) <= 350


@pytest.mark.parametrize("name", LABELS)
def test_a_name_tells_the_language_the_kind_and_the_severity(name: str) -> None:
    label = LABELS[name]
    language, kind, *rest = name.partition(".")[0].split("-")
    assert language == label["language"]
    if kind == "clean":
        assert label["severity"] == "none"
    elif kind == "several":
        assert rest[0] == label["severity"]
        assert len(visible_kinds(name)) > 2
    else:
        assert rest[0] == label["severity"]
        assert NAMED_KINDS[kind] in visible_kinds(name)


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_seed_differs_from_a_clean_twin_in_its_language(name: str) -> None:
    label = LABELS[name]
    twin = LABELS[label["twin"]]
    assert visible_kinds(name)
    assert twin["severity"] == "none"
    assert twin["language"] == label["language"]
    assert read(name) != read(label["twin"])


@pytest.mark.parametrize("name", sorted(set(LABELS) - set(DAMAGED)))
def test_a_clean_seed_has_nothing_wrong_and_needs_no_twin(name: str) -> None:
    assert not visible_kinds(name)
    assert not LABELS[name]["document"]
    assert "twin" not in LABELS[name]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_damage_stands_in_a_severe_and_a_mild_seed(kind: str) -> None:
    alone = [name for name in DAMAGED if NAMED_KINDS.get(name.split("-")[1]) == kind]
    assert {LABELS[name]["severity"] for name in alone} == {"severe", "mild"}


def test_both_languages_have_damaged_and_clean_seeds_and_several_kinds_at_once() -> None:
    for language in ("de", "en"):
        kinds = {name.split("-")[1] for name, label in LABELS.items() if label["language"] == language}
        assert {"clean", "mt", "boilerplate", "script", "encoding", "foreign", "several"} <= kinds


@pytest.mark.parametrize("name", [name for name in DAMAGED if name.split("-")[1] in ("script", "encoding")])
def test_altered_characters_are_labelled_in_every_paragraph_that_has_them(name: str) -> None:
    twins = zip(paragraphs(name), paragraphs(LABELS[name]["twin"]), strict=True)
    assert [bool(kinds) for kinds in LABELS[name]["paragraphs"]] == [ours != twin for ours, twin in twins]


def test_no_seed_repeats_eight_words_of_a_specimen(shared: Path) -> None:
    specimens = {
        shingle
        for path in sorted((shared / "seeds").glob("*.txt"))
        for shingle in shingles(path.read_text(encoding="utf-8"))
    }
    assert specimens
    assert {name for name in LABELS if not specimens.isdisjoint(shingles(read(name)))} == set()
