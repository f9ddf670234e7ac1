"""Trains the fluency language models with KenLM's own tools (`scripts/build_tools.sh` builds them)."""

from __future__ import annotations

import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from quality.errors import TrainingError
from quality.segmentation import normalise, tokenize
from quality.training.data import Text

__all__ = ["train_language_model"]

#: Words seen less often are unknown to the model: names and misspellings, mostly, and half its size.
MIN_COUNT = 3
#: n-grams of each order seen at most this often are dropped. Bigrams are all kept: the repair test
#: compares what stands in a place with what might, and lives on rare but real word pairs.
PRUNE = ("0", "0", "1", "1", "2")


def train_language_model(texts: Iterable[Text], output: Path, *, tools: Path, prune: tuple[str, ...] = PRUNE) -> int:
    """Write a quantised trie of order 5 to `output`; the number of words it was estimated from.

    Deterministic: the same texts give the same file. Raises TrainingError when a tool is missing or fails.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="quality-lm-") as scratch:
        corpus, vocabulary, arpa = (Path(scratch) / name for name in ("corpus", "vocabulary", "arpa"))
        counts: Counter[str] = Counter()
        with corpus.open("w", encoding="utf-8") as stream:
            for text in texts:
                for paragraph in text.text.split("\n"):
                    words = normalise(tokenize(paragraph)[0])
                    if words:
                        counts.update(words)
                        stream.write(" ".join(words) + "\n")
        vocabulary.write_text("\n".join(sorted(word for word, n in counts.items() if n >= MIN_COUNT)), "utf-8")
        with corpus.open("rb") as source, arpa.open("wb") as target:
            options: list[str | Path] = ["-o", "5", "-S", "2G", "-T", scratch, "--discount_fallback"]
            options += ["--prune", *prune, "--limit_vocab_file", vocabulary]
            _run([tools / "bin" / "lmplz", *options], stdin=source, stdout=target)
        _run([tools / "bin" / "build_binary", "-q", "8", "-b", "8", "-a", "22", "trie", arpa, output])
    return counts.total()


def _run(command: Sequence[str | Path], **streams: object) -> None:
    try:
        done = subprocess.run(command, stderr=subprocess.PIPE, check=False, **streams)  # type: ignore[call-overload]
    except FileNotFoundError:
        raise TrainingError(f"{command[0]}: not found; build the tools with scripts/build_tools.sh") from None
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise TrainingError(f"{command[0]}: failed with status {done.returncode}: {' '.join(last)}")
