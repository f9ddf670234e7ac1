"""Puts a scorer that knows two words in the place of the trained one, in processes that tests start.

The command line's behaviour – what is read, skipped, written, said, and the exit status – does not
depend on what a model has learned, and must be tested where no models were built.
"""

import re
import sys
import time
import types

from quality.document import Document, Finding, ParagraphReport, Report
from quality.segmentation import segment

THRESHOLDS = {"machine_translation": 0.8, "spinning": 0.85}


class Scorer:
    """Calls a document damaged where it says "brokenly"; "slowly" takes time, "explode" brings it down."""

    def __init__(self, models=None, *, language="auto", thresholds=None, min_words=25, explain=True, repeats=None):
        self.language = "en" if language == "auto" else language
        self.signature = "quality 0 | models stand-in"

    def score_batch(self, texts: list[str | Document]) -> list[Report]:
        documents = (Document(text) if isinstance(text, str) else text for text in texts)
        return [self.score_document(document) for document in documents]

    def score_document(self, document: Document) -> Report:
        if "explode" in document.text:
            raise RuntimeError("a fault\nof two lines")
        if "slowly" in document.text:
            time.sleep(0.3)
        paragraphs = []
        for paragraph in segment(document):
            findings = tuple(
                Finding("M101", at, at + 8, "brokenly", "reads like machine translation: “brokenly”", 2.0, "badly")
                for match in re.finditer("brokenly", paragraph.text)
                for at in [paragraph.start + match.start()]
            )
            damaged = bool(findings)
            paragraphs.append(
                ParagraphReport(
                    index=paragraph.index,
                    start=paragraph.start,
                    end=paragraph.end,
                    language=self.language,
                    verdict="damaged" if damaged else "clean",
                    scores={"machine_translation": 0.9 if damaged else 0.1, "boilerplate": None},
                    words=paragraph.word_count,
                    kinds=("machine_translation",) if damaged else (),
                    findings=findings,
                )
            )
        damaged = any(paragraph.findings for paragraph in paragraphs)
        words = sum(paragraph.words for paragraph in paragraphs)
        verdict = "unreadable" if document.error else "damaged" if damaged else "clean" if words else "too_short"
        return Report(
            id=document.id,
            path=document.path,
            language=self.language,
            words=words,
            verdict=verdict,
            kinds=("machine_translation",) if damaged else (),
            scores={"machine_translation": 0.97 if damaged else 0.02, "spinning": None, "boilerplate": 0.0},
            thresholds=THRESHOLDS,
            signature=self.signature,
            paragraphs=tuple(paragraphs),
            error=document.error,
            text=document.text,
        )


scoring = types.ModuleType("quality.scoring")
scoring.Scorer = Scorer
sys.modules["quality.scoring"] = scoring
