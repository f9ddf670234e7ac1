"""MODEL_CARD.md and LIMITS.md: templates, with the numbers of held-out judgements filled in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from string import Template

from quality import __version__
from quality.document import MIN_PARAGRAPH_WORDS, MIN_WORDS
from quality.errors import EvaluationError
from quality.language import LANGUAGE_NAMES
from quality.model import Models
from quality.training.baselines import BASELINES
from quality.training.evaluation import Group, calibration, false_alarms, groups, others, overview, precisions, sliced
from quality.training.figures import Column, Table, markdown_rows
from quality.training.judgements import Judgements
from quality.training.severity import engines, machine_groups, systems

__all__ = ["TEMPLATES", "filled"]

#: Template → the option of `quality evaluate` that writes it, and where it goes in the repository.
TEMPLATES: Mapping[str, str] = {"MODEL_CARD.md": "--model-card models/MODEL_CARD.md", "LIMITS.md": "--limits LIMITS.md"}


def filled(name: str, judgements: Judgements, models: Models) -> str:
    """The document made from template `name`. Raises EvaluationError where the judgements are by other models."""
    if judgements.signature != models.signature:
        raise EvaluationError(
            f"predictions of models {judgements.signature}, but the models in {models.directory} are "
            f"{models.signature}; name theirs with --models, or write new ones with `quality train --predictions`"
        )
    text = (resources.files("quality.training") / "templates" / name).read_text(encoding="utf-8")
    template = Template(text)
    wanted = set(template.get_identifiers())
    return template.substitute(
        {key: make() for key, make in _values(name, judgements, models).items() if key in wanted}
    )


def _values(name: str, judgements: Judgements, models: Models) -> dict[str, Callable[[], str]]:
    """What each placeholder stands for; made only where it is wanted."""
    counted = [group.counted for group in groups(judgements.rows)]
    machine = machine_groups(judgements.rows)
    documents = [group for group in counted if group.level == "document"]
    files = models.manifest["files"]
    return {
        "command": lambda: f"quality evaluate --predictions FILE {TEMPLATES[name]}",
        "signature": lambda: models.signature,
        "version": lambda: __version__,
        "files": lambda: str(len(files)),
        "megabytes": lambda: f"{sum(entry['bytes'] for entry in files.values()) / 1e6:.0f}",
        "languages_mt": lambda: _languages("machine_translation", models),
        "languages_spun": lambda: _languages("spinning", models),
        "min_words": lambda: str(MIN_WORDS),
        "min_paragraph_words": lambda: str(MIN_PARAGRAPH_WORDS),
        "overview": lambda: markdown_rows(overview(counted)),
        "precision": lambda: markdown_rows(precisions(counted)),
        "calibration": lambda: markdown_rows(next(calibration(counted))),
        "false_alarms": lambda: markdown_rows(false_alarms(groups(judgements.rows))),
        "engines": lambda: markdown_rows(engines([group for group in machine if group.level == "document"])),
        "severity": lambda: markdown_rows(systems(machine)[1]),
        "baselines": lambda: markdown_rows(others(documents, BASELINES, "")),
        "lengths": lambda: markdown_rows(_lengths(documents)),
        "sources": lambda: _sources(files),
    }


def _languages(kind: str, models: Models) -> str:
    found = sorted(language for one, level, language in models.heads if (one, level) == (kind, "document"))
    return " and ".join(LANGUAGE_NAMES.get(language, language) for language in found)


def _lengths(documents: Sequence[Group]) -> Table:
    """What is called of each band of lengths, one row a group and band."""
    tables = [(group.name, sliced(group, "length")) for group in documents]
    columns = tables[0][1].columns
    # Length, clean, called, damaged, and what is called of those.
    kept = (0, 1, 2, 3, len(columns) - 1)
    rows = tuple((name, *(row[at] for at in kept)) for name, table in tables for row in table.rows)
    return Table("Length", "", (Column("text"), *(columns[at] for at in kept)), rows)


def _sources(files: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    """A list of sources with their licences, each once, with the files that rest on it."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, entry in files.items():
        for source in entry["sources"]:
            found[source].append(f"`{name}`")
    return "\n".join(f"- {source}: {', '.join(names)}" for source, names in found.items())
