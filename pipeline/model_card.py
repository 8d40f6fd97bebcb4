"""Renders the model card: the model's template with this training's figures."""

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from pipeline import errors
from pipeline.config import ModelConfig

RANKING = {"average_precision": "average precision", "auc_roc": "AUC ROC"}
AT_THRESHOLD = {
    "precision": "precision at the threshold",
    "recall": "recall at the threshold",
    "f1": "F1 at the threshold",
}


def check_model_card(config: ModelConfig) -> None:
    """Raise unless the template can be filled: found before the search, not after it."""
    part = {"from": "", "to": "", "rows": 0, "positives": 0}
    figures = ("true_positives", "false_positives", "false_negatives", "true_negatives")
    names = [*RANKING, *config.code.metrics, *AT_THRESHOLD, *figures]
    lineage = {
        "dataset": {"digest": "", "rows": 0, "from": "", "to": "", "source": {"type": ""}},
        "split": {"training": part},
        "metrics": dict.fromkeys(names, 0),
        "parameters": {},
        "git_commit": "",
        "pipeline_version": "",
    }
    render_model_card(config, lineage, 0.0)


def render_model_card(config: ModelConfig, lineage: Mapping[str, Any], threshold: float) -> str:
    """Fill `model-card.md` of the model's folder; an unknown placeholder is an error."""
    template = config.folder / "model-card.md"
    dataset, metrics, split = lineage["dataset"], lineage["metrics"], lineage["split"]
    own = {name: metric.title for name, metric in config.code.metrics.items()}
    titles = {**RANKING, **own, **AT_THRESHOLD}
    values = {
        "name": config.name,
        "description": config.description,
        "owner": config.owner,
        "on_call": config.on_call,
        "threshold": f"{threshold:g}",
        "label": config.label,
        "label_delay_days": config.label_delay_days,
        "dataset_digest": dataset["digest"],
        "dataset_rows": f"{dataset['rows']:,}",
        "dataset_from": dataset["from"],
        "dataset_to": dataset["to"],
        "source": dataset["source"].get("type", ""),
        "git_commit": lineage["git_commit"],
        "pipeline_version": lineage["pipeline_version"],
        "split_table": _table(
            ["rows for", "from", "to", "rows", "positive"],
            [
                [name, part["from"], part["to"], f"{part['rows']:,}", f"{part['positives']:,}"]
                for name, part in split.items()
            ],
        ),
        "metrics_table": _table(
            ["metric", "value", "gate"],
            [[label, f"{metrics[key]:.3f}", _gate(config, key)] for key, label in titles.items()],
        ),
        "confusion_table": _table(
            ["", "predicted positive", "predicted negative"],
            [
                ["positive", f"{metrics['true_positives']:,}", f"{metrics['false_negatives']:,}"],
                ["negative", f"{metrics['false_positives']:,}", f"{metrics['true_negatives']:,}"],
            ],
        ),
        "parameters_table": _table(
            ["parameter", "value"], [[key, value] for key, value in lineage["parameters"].items()]
        ),
        "features_table": _table(["feature", "values"], [[f["name"], _range(f)] for f in config.features]),
    }
    try:
        return Template(_text(template)).substitute(values)
    except (KeyError, ValueError) as error:
        known = errors.names(f"${name}" for name in values)
        raise errors.invalid_config(
            template.name, "placeholder", error, f"one of: {known}", "correct it, or write $$ for $"
        ) from error


def _text(template: Path) -> str:
    try:
        return template.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise errors.invalid_config(template.name, "", error, "a model card template in UTF-8", "write one") from error


def _table(head: list[str], rows: list[list[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _gate(config: ModelConfig, metric: str) -> str:
    return f"at least {config.gates[metric]:g}" if metric in config.gates else ""


def _range(feature: Mapping[str, Any]) -> str:
    if feature["type"] == "category":
        return f"one of {errors.names(feature['categories'])}"
    kind = "whole number" if feature.get("integer") else "number"
    low, high = feature.get("min"), feature.get("max")
    if low is not None and high is not None:
        return f"{kind}, {low:g} to {high:g}"
    if low is not None:
        return f"{kind}, at least {low:g}"
    return f"{kind}, at most {high:g}" if high is not None else kind
