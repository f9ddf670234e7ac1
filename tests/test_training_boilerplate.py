from __future__ import annotations

import json
import lzma
import random
from pathlib import Path

import numpy as np
import pytest

from quality.features import Batch, boilerplate
from quality.model import Head, default_models
from quality.training import boilerplate as training
from quality.training.boilerplate_pages import HELD_OUT, SOURCES, read_pages, short_texts
from quality.trees import TreeHead

PROSE = (
    "The council met on Tuesday evening to talk about the bridge, which has been closed since the flood in March.",
    "Engineers had told the members that the northern pier would not carry another winter of heavy traffic.",
    "A new bridge would cost four million, and nobody in the room could say where the money was to come from.",
)
FURNITURE = (
    *("Home | News | Sport", "Leave a reply", "Share this article", "Read more", "Log in", "Contact us"),
    "We use cookies to make this site better for you, and by going on you agree with our terms and conditions.",
)


def write_pages(data: Path) -> None:
    """Small pages of every source: a menu, an article, links."""
    (data / "boilerplate").mkdir()
    rng = random.Random(3)
    for source in (*SOURCES, HELD_OUT):
        with lzma.open(data / "boilerplate" / f"{source}.jsonl.xz", "wt", encoding="utf-8") as stream:
            for page in range(12):
                lines = [
                    *(("boilerplate", line) for line in rng.sample(FURNITURE, 3)),
                    *(("content", f"{rng.choice(PROSE)} {rng.choice(PROSE)}") for _ in range(6)),
                    *(("boilerplate", line) for line in rng.sample(FURNITURE, 3)),
                ]
                row = {
                    "lang": "en",
                    "doc": f"{source}/{page}",
                    "lines": [{"text": text, "label": label} for label, text in lines],
                }
                stream.write(json.dumps(row) + "\n")


def test_heads_are_trained_reported_by_source_and_tell_menus_from_prose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pages(tmp_path)
    monkeypatch.setattr(training, "clean_pages", lambda data, models: iter(()))
    monkeypatch.setattr(training, "_TREES", 8)
    monkeypatch.setattr(training, "_SAMPLE", 1.0)
    pages = training.read_pages(tmp_path, default_models())
    records, table = training.train_boilerplate(tmp_path, default_models(), seed=0)
    records = json.loads(json.dumps(records))
    paragraph, words, prose = TreeHead.from_dict(records[0]), Head.from_dict(records[1]), Head.from_dict(records[2])
    assert (paragraph.level, words.level, prose.level) == ("paragraph", "words", "prose")
    rows_of_table = {
        cells[1]: cells[2:-1] for cells in ([c.strip() for c in row.split("|")] for row in table.split("\n"))
    }
    for source in SOURCES:
        assert all(0.0 <= float(figure) <= 1.0 for figure in rows_of_table[source][1:])
    assert rows_of_table[HELD_OUT][-2:] == ["", ""]  # no site of it was ever seen
    weights = boilerplate.WordWeights(
        *(dict(zip(head.features, head.coefficients.tolist(), strict=True)) for head in (words, prose))
    )
    rows = boilerplate.Unweighed(Batch.of([page.paragraphs for page in pages])).rows(weights)
    called = paragraph.probability(rows) >= paragraph.threshold
    labels = np.concatenate([page.labels for page in pages]) == 1
    assert (called == labels).mean() > 0.95


def test_short_texts_are_a_line_or_two_of_prose_and_then_furniture_of_the_page(tmp_path: Path) -> None:
    write_pages(tmp_path)
    pages = read_pages(tmp_path, default_models())
    made = list(short_texts(pages, default_models(), seed=0))
    assert {tuple(page.labels) for page in made} == {(0, 1), (0, 0, 1), (0, 1, 1), (0, 0, 1, 1)}
    lines = {page.site: {paragraph.text for paragraph in page.paragraphs} for page in pages}
    for page in made:
        assert {paragraph.text for paragraph in page.paragraphs} <= lines[page.site]
        assert all(
            len(paragraph.tokens) > 8
            for paragraph, label in zip(page.paragraphs, page.labels, strict=True)
            if not label
        )
