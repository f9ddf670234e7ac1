from __future__ import annotations

from pathlib import Path

import pytest

from quality import Document, Models
from quality.features import Batch, readability
from quality.segmentation import segment


@pytest.mark.parametrize(
    ("language", "easy", "hard"),
    [
        (
            "en",
            "The cat sat on the mat. It was warm there. She had a nap.",
            "Institutional considerations necessitate interdisciplinary methodological diversification throughout "
            "administrative organisations.",
        ),
        (
            "de",
            "Der Hund lief in das Haus. Dort war es warm. Er schlief bald ein.",
            "Verwaltungsrechtliche Zuständigkeitsregelungen erfordern interdisziplinäre Abstimmungsverfahren zwischen "
            "verschiedenen Landesbehörden.",
        ),
    ],
)
def test_hard_text_is_less_easy_and_has_longer_words(language: str, easy: str, hard: str) -> None:
    document = Document(f"{easy}\n{hard}\nToo short.")
    measured = readability.measure(
        Batch.of([segment(document)]), Models(Path("unused")), language=language, explain=False
    )
    ease, _, syllables, long_words = measured.matrix.T
    assert ease[0] > 60 > ease[1]
    assert syllables[0] < syllables[1]
    assert long_words[0] < long_words[1]
    assert ease[2] != ease[2]
