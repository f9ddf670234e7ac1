"""`quality models` and `quality train`: what scores rest on, and how it is made."""

from __future__ import annotations

from pathlib import Path

import click

from quality.cli.options import labelled
from quality.cli.streams import named_models, standard_output
from quality.errors import UsageError

__all__ = ["models", "train"]


@click.group()
def models() -> None:
    """Show or verify the models that scores rest on."""


@models.command("list", epilog="\b\nExample:\n  quality models list\n")
@click.option("--models", "models_directory", metavar="DIR", help="Models to list instead of those in the package.")
def list_models(models_directory: str | None) -> None:
    """List the model files, with their sizes and licences."""
    found = named_models(models_directory)
    stream = standard_output()
    files = found.manifest["files"]
    stream.write(f"{found.directory}\nlanguages {', '.join(found.languages)} · signature {found.signature}\n")
    width = max(map(len, files), default=0)
    for name, entry in sorted(files.items()):
        licence = entry.get("licence", "")
        stream.write(f"  {name:<{width}}  {entry['bytes'] / 1e6:6.2f} MB  {licence}".rstrip() + "\n")
    total = sum(entry["bytes"] for entry in files.values())
    stream.write(f"{len(files)} files, {total / 1e6:.2f} MB\n")


@models.command("verify", epilog="\b\nExample:\n  quality models verify --models build/models\n")
@click.option("--models", "models_directory", metavar="DIR", help="Models to verify instead of those in the package.")
def verify_models(models_directory: str | None) -> None:
    """Compare every model file with its checksum; exit with 2 at the first that differs."""
    found = named_models(models_directory)
    count = len(found.verify())
    standard_output().write(f"{found.directory}: {count} files, all as the manifest says\n")


@click.command(
    epilog="""\b
Examples:
  quality train --data labelled.jsonl --base bundled --output my-models
  quality train --data labelled.jsonl --field group=site --base bundled --output my-models
  quality train --data labelled.jsonl --text plain/ --language es --base bundled --output my-models
  quality train --data ../shared/data --output models --tools build/tools
"""
)
@click.option(
    "--data",
    multiple=True,
    metavar="PATH",
    help="Labelled JSONL; without --base, the directory that all models are built from. May be given several times.",
)
@click.option("--output", required=True, metavar="DIR", help="Where the models go.")
@click.option("--base", metavar="bundled|DIR", help="Models to start from: adapts these, or adds a language to them.")
@click.option(
    "--language", default="auto", show_default=True, metavar="CODE", help="Language of the texts, or find it out."
)
@click.option(
    "--text",
    "plain",
    multiple=True,
    metavar="PATH",
    help="Text that people wrote, in a language that the base has no models for. May be given several times.",
)
@click.option("--language-model", is_flag=True, help="Build a KenLM language model from --text; needs --tools.")
@labelled
@click.option(
    "--field", "fields", multiple=True, metavar="OURS=YOURS", help="group=NAME: the field of the site or author."
)
@click.option("--tools", metavar="DIR", help="KenLM's lmplz and build_binary, and WordNet.")
@click.option("--predictions", metavar="FILE", help="Where to write what was said of held-out texts (.jsonl.xz).")
@click.option("--seed", default=0, show_default=True, metavar="N", help="The same seed and data give the same scores.")
def train(
    data: tuple[str, ...],
    output: str,
    base: str | None,
    language: str,
    plain: tuple[str, ...],
    language_model: bool,
    text_field: str,
    label_field: str,
    fields: tuple[str, ...],
    tools: str | None,
    predictions: str | None,
    seed: int,
) -> None:
    """Adapt models to labelled text, add a language to them, or build them all.

    With --base the models are adapted to your labelled documents, in minutes; figures before and after are of documents
    that were held back. Where the base has no models for the language, --text is text that people wrote in it; without
    labelled damage, damage is made. The new directory is for --models, or QUALITY_MODELS.
    """
    import logging

    logging.basicConfig(level=logging.INFO, format="%(message)s")  # on standard error: it takes minutes
    if base is None:
        _build(data, output, tools, predictions, seed)
        return
    from quality.model import Models, bundled_models
    from quality.training.labelled import named_fields
    from quality.training.new_language import add_language
    from quality.training.own import adapt_models

    start = bundled_models() if base == "bundled" else named_models(base)
    names = named_fields(text=text_field, label=label_field, others=fields)
    if plain:
        told = add_language(
            data,
            plain,
            start,
            Path(output),
            names,
            language=language,
            tools=Path(tools or "build/tools") if language_model else None,
            seed=seed,
        )
    elif not data:
        raise UsageError("--base needs labelled text with --data, or text of a new language with --text")
    elif language_model:
        raise UsageError("--language-model is built from --text: name the text")
    else:
        told = adapt_models(data, start, Path(output), names, language=language)
    standard_output().write(f"{told}\n\n{output}: models {Models(output).signature}\n")


def _build(data: tuple[str, ...], output: str, tools: str | None, predictions: str | None, seed: int) -> None:
    """Build all models from a directory of training data."""
    from quality.training.build import train as train_models

    if len(data) != 1 or tools is None:
        raise UsageError("to build all models name one --data directory and --tools; to start from models, --base")
    if Path(data[0]).is_file():
        raise UsageError(f"{data[0]}: is a file; to adapt models to labelled text add --base bundled")
    judged = None if predictions is None else Path(predictions)
    train_models(Path(data[0]), Path(output), tools=Path(tools), seed=seed, predictions=judged)
