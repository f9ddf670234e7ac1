"""Times one tool over a file of records, in an environment of its own. `benchmarks/performance.py` calls it.

    python benchmarks/peer.py quality|gopher|monocleaner DOCUMENTS.jsonl [--model DIR]

The first fifth of the documents warms up, loads models and fills what tools remember of words; the others are timed,
as fresh text comes in a crawl. Prints the seconds of processor time and the bytes of their text. It imports nothing but
the tool that is asked for: peers have versions of libraries that do not go together.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

os.environ.setdefault("OMP_NUM_THREADS", "1")

Run = Callable[[list[str]], object]


def quality(_: argparse.Namespace) -> Run:
    from quality import Scorer

    scorer = Scorer(explain=False)
    # Some of the English corpora have a German document, and models of every language are to be loaded before.
    scorer.score("Die alte Mühle stand am Fluss, und niemand wusste mehr, wer sie in dem Dorf gebaut hatte.")
    return scorer.score_batch


def gopher(_: argparse.Namespace) -> Run:
    """Datatrove's filter as it comes: spaCy's tokenizer for English, all rules on."""
    from datatrove.data import Document
    from datatrove.pipeline.filters import GopherQualityFilter

    judge = GopherQualityFilter()
    return lambda texts: [judge.filter(Document(text=text, id="")) for text in texts]


def monocleaner(arguments: argparse.Namespace) -> Run:
    """Monocleaner's rules, and its fluency score of what they keep, sentence by sentence, as its command has it.

    Without language identification (`--disable_lang_ident`): the module that its rules import for that, fastspell,
    needs a version of cyhunspell that is not on PyPI.
    """
    fastspell = ModuleType("fastspell")
    fastspell.FastSpell = None  # type: ignore[attr-defined]
    sys.modules["fastspell"] = fastspell
    from monocleaner.hardrules import Hardrules
    from monocleaner.lm import LMFluencyFilter, LMStats, LMType

    options = argparse.Namespace(
        **dict.fromkeys(("disable_minimal_length", "disable_hardrules", "detect_script", "run_all_rules"), False),
        **{"language": "en", "fastspell": None, "disable_lang_ident": True},
    )
    rules, judge = Hardrules(options), LMFluencyFilter(LMType.CHARACTER, "en", None)
    judge.load(str(arguments.model / "characters.binary"), LMStats(-1.0, 0.5, -3.0, 0.5))

    def run(texts: list[str]) -> object:
        sentences = (sentence for text in texts for sentence in re.split(r"(?<=[.!?])\s+|\n+", text) if sentence)
        return [judge.score(one) if rules.wrong_segment(options, one) == "keep" else 0 for one in sentences]

    return run


TOOLS = {"quality": quality, "gopher": gopher, "monocleaner": monocleaner}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", choices=TOOLS)
    parser.add_argument("documents", type=Path)
    parser.add_argument("--model", type=Path, help="where monocleaner's language model is")
    arguments = parser.parse_args()
    with arguments.documents.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    run = TOOLS[arguments.tool](arguments)
    before = len(texts) // 5
    run(texts[:before])
    began = time.process_time()
    run(texts[before:])
    print(json.dumps([time.process_time() - began, sum(len(text.encode()) for text in texts[before:])]))


if __name__ == "__main__":
    main()
