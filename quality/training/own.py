"""Models of one's own: those of a base, with what labelled text taught, in a directory that `--models` takes."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from quality.document import LEARNED_KINDS
from quality.errors import TrainingError, UsageError
from quality.features.learned import file_name
from quality.language import UNKNOWN, detect
from quality.model import MANIFEST, Models
from quality.training.adapt import Adaptation, adapt
from quality.training.labelled import Fields
from quality.training.manifest import CARD, write_manifest
from quality.training.own_data import Labelled, checked, label_counts, read_own
from quality.training.own_report import adaptation_card, adaptation_figures

__all__ = ["adapt_models", "labelled_language", "output_directory"]


def adapt_models(paths: Sequence[str], base: Models, output: Path, names: Fields, *, language: str = "auto") -> str:
    """Adapt the models of `base` to labelled texts, write them to `output`; what came of it, as text.

    Raises TrainingError where the texts cannot support it, or the base was adapted already.
    """
    texts = read_own(paths, names)
    language = labelled_language(texts, base, language)
    kinds = [kind for kind in LEARNED_KINDS if any(text.kind == kind for text in texts)]
    if not kinds:
        raise TrainingError(f"{label_counts(texts)}, none damaged: one label teaches nothing; add damaged documents")
    for kind in kinds:
        if base.has(file_name(kind, language)):
            raise TrainingError(
                f"{base.directory}: adapted already; start from what it started from, with all labels together"
            )
    found: list[tuple[Adaptation, int]] = []
    for kind in kinds:
        own, left_out = checked(texts, kind)
        found.append((adapt(own, kind, language, base), left_out))
    told = "\n\n".join(adaptation_figures(adaptation, left_out) for adaptation, left_out in found)
    with output_directory(output, base) as directory:
        records = json.loads((directory / language / "heads.json").read_text(encoding="utf-8"))
        for adaptation, _ in found:
            np.savez_compressed(
                directory / file_name(adaptation.kind, language), allow_pickle=False, **adaptation.arrays
            )
            changed = {head.level: head.to_dict() for head in adaptation.heads}
            records = [
                changed.get(record["level"], record) if record["kind"] == adaptation.kind else record
                for record in records
            ]
        (directory / language / "heads.json").write_text(
            json.dumps(records, ensure_ascii=False, sort_keys=True, indent=1) + "\n", encoding="utf-8"
        )
        write_manifest(directory, base.languages, seed=base.manifest.get("seed", 0), base=base.signature)
        (directory / CARD).write_text(
            adaptation_card(told, base.signature, Models(directory).signature, language), encoding="utf-8"
        )
    return told


def labelled_language(texts: Sequence[Labelled], base: Models, language: str) -> str:
    """The language of labelled texts; "auto" asks the base. Raises TrainingError where they are in several."""
    if language != "auto":
        return language
    counts = Counter(detect(text.text[:1000], base)[0] for text in texts)
    best, count = counts.most_common(1)[0]
    if best == UNKNOWN or count < 0.95 * len(texts):
        told = ", ".join(f"{count} {name}" for name, count in counts.most_common(5))
        raise TrainingError(f"texts in several languages ({told}): train one at a time, or say which with --language")
    return best


@contextmanager
def output_directory(output: Path, base: Models) -> Iterator[Path]:
    """A copy of the base's files to change, which takes the place of `output` when all went well.

    Raises UsageError where `output` is the base, or holds anything but models.
    """
    if output.exists():
        if output.resolve() == base.directory.resolve():
            raise UsageError(f"{output}: is the base; name another --output")
        if not output.is_dir() or (any(output.iterdir()) and not (output / MANIFEST).exists()):
            raise UsageError(f"{output}: is there and holds no models; name a new --output")
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".quality-train-", dir=output.parent) as scratch:
        directory = Path(scratch) / "models"
        for name, path in base.verify().items():
            target = directory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        yield directory
        if output.exists():
            output.rename(Path(scratch) / "before")
        directory.rename(output)
