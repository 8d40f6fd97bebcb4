"""One training, from data to a packaged version: the steps in order, and the data passed between them."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import __version__, errors
from pipeline.config import ModelConfig
from pipeline.digests import table_digest
from pipeline.examples import Cycle, Examples
from pipeline.model_card import RANKING, check_model_card
from pipeline.noise import weeks_before, with_noise_factors
from pipeline.oci import OciRegistry
from pipeline.progress import Progress
from pipeline.served import merged_by_float32
from pipeline.settings import ROOT, Settings
from pipeline.sources import Source
from pipeline.steps.clean import clean
from pipeline.steps.collect import Period, collect, period
from pipeline.steps.evaluate import evaluate, failed_gates
from pipeline.steps.export import require_parity, score_onnx, to_onnx
from pipeline.steps.package import (
    make_package,
    push_dataset,
    push_model,
    reference_histograms,
    write_package,
)
from pipeline.steps.prepare import prepare
from pipeline.steps.proof import make_proof
from pipeline.steps.register import Mlflow
from pipeline.steps.train import Trained, train

QUARANTINE = "quarantine.csv"


@dataclass(frozen=True)
class Learnt:
    """A trained and measured model, and the data it came from."""

    events: pd.DataFrame
    examples: Examples
    wanted: Period
    source: Source
    trained: Trained
    metrics: dict[str, float]
    onnx: bytes
    proof: bytes


def learn(
    config: ModelConfig,
    source: Source,
    wanted: Period,
    folder: Path,
    progress: Progress,
    inspect: Callable[[Examples], None] = lambda _: None,
) -> Learnt:
    """From data to a measured ONNX model. Bad rows go to a file in `folder`; `inspect` may refuse the examples."""
    with progress.step("collect") as step:
        raw = collect(config, source, wanted)
        step.done(f"{len(raw):,} events from {wanted.start} up to {wanted.end}", rows=len(raw))
    with progress.step("clean") as step:
        cleaned = clean(config, raw, folder / QUARANTINE)
        why = (
            f" ({'; '.join(f'{reason}: {count}' for reason, count in cleaned.reasons.items())})"
            if cleaned.reasons
            else ""
        )
        step.done(
            f"{len(cleaned.events):,} good rows, {cleaned.bad_rows:,} quarantined{why}",
            rows=len(cleaned.events),
            quarantined=cleaned.bad_rows,
            reasons=cleaned.reasons,
        )
    with progress.step("prepare") as step:
        examples = prepare(config, cleaned.events)
        inspect(examples)
        for message in merged_by_float32(config.features, examples.x):
            progress.note("prepare", message)
        training = wanted.cycle.train(examples)
        test = wanted.cycle.test(examples, config.code.eligible).require_both_classes("test")
        counts = f"{len(training):,} rows to train on ({training.positives:,} positive)"
        step.done(f"{counts}, {len(test):,} to test on ({test.positives:,})")
    with progress.step("train") as step:
        trained = train(config, examples, wanted.cycle, lambda message: progress.note("train", message))
        chosen = trained.validation["average_precision"]
        step.done(f"{trained.rounds} trees, average precision {chosen:.3f} on the validation rows")
    with progress.step("evaluate") as step:
        metrics = evaluate(test, trained.score(test), trained.threshold, config.code.metrics)
        titles = {**RANKING, **{name: metric.title for name, metric in config.code.metrics.items()}}
        step.done(", ".join(f"{title} {metrics[name]:.3f}" for name, title in titles.items()), metrics=metrics)
    with progress.step("export") as step:
        onnx = to_onnx(trained.booster, len(config.features))
        difference = require_parity(trained.booster, onnx, test.x.to_numpy(), config.seed)
        proof = make_proof(trained.booster, onnx, config.seed)
        step.done(
            f"ONNX of {len(onnx):,} bytes, at most {difference:.1e} from the trained model", difference=difference
        )
    return Learnt(cleaned.events, examples, wanted, source, trained, metrics, onnx, proof)


def describe(config: ModelConfig, learnt: Learnt, git_commit: str) -> dict[str, Any]:
    """The lineage of a model: its inputs, without time or run id, so that it is reproducible."""
    cycle, examples, eligible = learnt.wanted.cycle, learnt.examples, config.code.eligible
    parts = {
        "validation": _part(cycle.earlier().test(examples, eligible), cycle.earlier(), test=True),
        "training": _part(cycle.train(examples), cycle, test=False),
        "test": _part(cycle.test(examples, eligible), cycle, test=True),
    }
    return {
        "dataset": {
            "digest": table_digest(learnt.events),
            "rows": len(learnt.events),
            "from": learnt.wanted.start.isoformat(),
            "to": learnt.wanted.end.isoformat(),
            "source": learnt.source.describe(),
        },
        "split": parts,
        "git_commit": git_commit,
        "parameters": {**learnt.trained.parameters, "rounds": learnt.trained.rounds},
        "metrics": learnt.metrics,
        "seed": config.seed,
        "pipeline_version": __version__,
    }


def run_training(
    config: ModelConfig, as_of: date, settings: Settings, output: Path | None, progress: Progress
) -> dict[str, Any]:
    """Train, register and package the newest model that the labels known at `as_of` allow; return the result."""
    with _folder(output, config.name, settings) as folder:
        with progress.step("check") as step:
            check_model_card(config)
            tracking = Mlflow(settings.tracking_uri, folder, settings.build_url)
            tracking.check()
            oci = _open_oci(settings)
            target = f"images go to {settings.oci_registry}" if oci else "packages stay in the output folder"
            step.done(f"MLflow answers; {target}")
        source = config.open_source()
        learnt = learn(config, source, period(config, as_of), folder, progress)
        lineage = describe(config, learnt, settings.git_commit)
        package = make_package(config, learnt.onnx, learnt.proof, learnt.trained.threshold, lineage, _reference(learnt))
        failures = failed_gates(learnt.metrics, config.gates)
        with progress.step("register") as step:
            run_id = tracking.log_run(config, lineage, learnt.trained.validation, learnt.events, package, failures)
            tracking.log_file(run_id, folder / QUARANTINE)
            if failures:
                raise errors.gates_failed(failures, run_id)
            version, completes = tracking.create_version(config, lineage, package, run_id)
            note = ", left incomplete by an earlier run" if completes else ""
            step.done(f"version {version} of {config.name}{note}", version=version, run_id=run_id)
        with progress.step("package") as step:
            layer = write_package(package, folder)
            image = None
            if oci is not None:
                push_dataset(oci, config.name, learnt.events, lineage["dataset"]["digest"], folder)
                image = push_model(oci, settings, config.name, version, layer, package.digest)
            tracking.complete_version(config.name, version, image, settings.base_image)
            where = image.reference if image else f"layer.tar ({package.digest[:19]}…)"
            step.done(where, layer_digest=package.digest, image=image.reference if image else None)
    return {
        "model": config.name,
        "version": version,
        "image": image.reference if image else None,
        "layer_digest": package.digest,
        "dataset_digest": lineage["dataset"]["digest"],
        "run_id": run_id,
        "metrics": learnt.metrics,
    }


def _open_oci(settings: Settings) -> OciRegistry | None:
    if settings.oci_registry is None:
        return None
    oci = OciRegistry(settings.oci_registry)
    oci.require(settings.base_image)
    return oci


def _reference(learnt: Learnt) -> dict[str, Any]:
    """All test rows, ineligible ones included: the server will see such rows."""
    cycle = learnt.wanted.cycle
    rows = learnt.examples.during(cycle.test_start, cycle.test_days)
    reference = reference_histograms(rows, score_onnx(learnt.onnx, rows.x.to_numpy()))
    weeks = weeks_before(learnt.examples, cycle)
    return with_noise_factors(reference, weeks, [score_onnx(learnt.onnx, week.x.to_numpy()) for week in weeks])


def _part(rows: Examples, cycle: Cycle, *, test: bool) -> dict[str, Any]:
    start = cycle.test_start if test else cycle.start
    end = cycle.end if test else Cycle(cycle.start, 0, 0, cycle.train_days).end
    return {"from": start.isoformat(), "to": end.isoformat(), "rows": len(rows), "positives": rows.positives}


@contextmanager
def _folder(output: Path | None, model: str, settings: Settings) -> Iterator[Path]:
    """The output folder: as requested; else a temporary one if everything is pushed; else next to the working files."""
    if output is None and settings.oci_registry and settings.tracking_uri:
        with tempfile.TemporaryDirectory() as passing:
            yield Path(passing)
        return
    folder = output or ROOT / ".mlops" / "pipeline" / model
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        raise errors.unwritable(folder, getattr(error, "strerror", None) or str(error)) from error
    yield folder
