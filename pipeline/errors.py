"""All errors a user can meet.

Each says what was wrong, the value found, what was expected, and how to fix it. No other module builds one.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

# Characters of a value in a message.
READABLE = 300


class PipelineError(Exception):
    """An error with its remedy; the command line prints it and exits 1."""

    def __init__(self, what: str, *, got: object, expected: str, fix: str) -> None:
        self.what = what
        self.got = str(got)
        self.expected = expected
        self.fix = fix
        super().__init__(f"{what}\n  got:      {self.got}\n  expected: {expected}\n  fix:      {fix}")

    def as_dict(self) -> dict[str, str]:
        """The form printed as a JSON line."""
        return {"what": self.what, "got": self.got, "expected": self.expected, "fix": self.fix}


def names(values: Iterable[object]) -> str:
    """Join values for a message."""
    return ", ".join(str(value) for value in values) or "nothing"


def some(values: Iterable[object], most: int = 5) -> str:
    """The first values for a message, and how many there are more."""
    all_of_them = list(values)
    more = len(all_of_them) - most
    return names(all_of_them[:most]) + (f", and {more:,} more" if more > 0 else "")


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """The nearest known word as a remedy, or `otherwise` when none is near."""
    close = get_close_matches(word, list(known), n=1)
    return f"did you mean {close[0]}?" if close else otherwise


def usage(message: str) -> PipelineError:
    return PipelineError(
        "invalid command line",
        got=message,
        expected="python -m pipeline {train,repackage,generate,rows} …",
        fix="run `python -m pipeline --help`",
    )


def unknown_model(model: str, known: Iterable[str], folder: object) -> PipelineError:
    known = list(known)
    other = f"create {folder}/{model}/model.yaml, or pass the model's folder with --folder"
    return PipelineError(
        f"no model named {model}",
        got=model,
        expected=f"one of: {names(known)}",
        fix=did_you_mean(model, known, other),
    )


def no_model_in(folder: object) -> PipelineError:
    return PipelineError(
        f"the folder {folder} contains no model",
        got="no model.yaml in it",
        expected="a folder with a model.yaml",
        fix="correct --folder (models.*.path in platform.yaml), or create the model.yaml",
    )


def invalid_config(path: str, key: str, got: object, expected: str, fix: str) -> PipelineError:
    return PipelineError(f"{path}: {key or 'the file'} is not valid", got=shortened(got), expected=expected, fix=fix)


def shortened(value: object) -> str:
    """A value as text, cut where nobody would read on."""
    text = str(value)
    return text if len(text) <= READABLE else f"{text[:READABLE]}… ({len(text):,} characters)"


def unreadable_config(path: str, reason: str) -> PipelineError:
    return PipelineError(
        f"{path} is not readable YAML",
        got=reason,
        expected="one YAML mapping",
        fix="fix the syntax error at that line",
    )


def bad_override(text: str) -> PipelineError:
    return PipelineError(
        "invalid override",
        got=text,
        expected="key=value, with dots for nested keys of model.yaml",
        fix="for example --set search.trials=3",
    )


def bad_override_value(text: str, reason: str) -> PipelineError:
    return PipelineError(
        "the value of an override is not readable YAML",
        got=f"{shortened(text)} ({reason})",
        expected="a value in YAML after the equals sign",
        fix="""quote it for YAML, for example --set 'description="a: b"'""",
    )


def bad_date(option: str, text: str) -> PipelineError:
    return PipelineError(
        f"{option} is not a date",
        got=text,
        expected="YYYY-MM-DD, from 1800 to 2200",
        fix=f"for example {option} 2026-01-31",
    )


def bad_output_file(path: object, endings: Iterable[str]) -> PipelineError:
    return PipelineError(
        "the ending of --output names no format",
        got=path,
        expected=f"a file named *{names(endings)}",
        fix="for example --output events.parquet",
    )


def out_of_memory() -> PipelineError:
    return PipelineError(
        "out of memory",
        got="data or settings that need more memory than there is",
        expected="to run to the end",
        fix="shorten window in model.yaml, or give the run more memory; nothing was made deployable",
    )


def empty_period(start: object, end: object) -> PipelineError:
    return PipelineError(
        "the period is empty",
        got=f"--from {start} --to {end}",
        expected="--to after --from",
        fix="--to is exclusive: use a later day",
    )


def interrupted() -> PipelineError:
    return PipelineError(
        "interrupted",
        got="a request to stop",
        expected="to run to the end",
        fix="run it again: nothing incomplete is deployable",
    )


def unexpected(reason: str) -> PipelineError:
    return PipelineError(
        "unexpected error",
        got=reason,
        expected="no error, or a known one",
        fix="report it with the output above; nothing was made deployable",
    )


def bad_model_code(file: str, reason: str) -> PipelineError:
    return PipelineError(
        f"the model's {file} cannot be loaded",
        got=reason,
        expected="a Python file that can be imported",
        fix=f"correct {file}",
    )


def bad_eligible(got: str, rows: int) -> PipelineError:
    return PipelineError(
        "the model's eligible function did not return a mask",
        got=got,
        expected=f"bool of shape ({rows},): true for each example to test on",
        fix="fix the function named by eligible in model.yaml",
    )


def bad_metric(name: str, got: object) -> PipelineError:
    return PipelineError(
        f"the model's metric {name} did not return a number",
        got=got,
        expected="one finite number",
        fix=f"fix the function named by metrics.{name} in model.yaml",
    )


def bad_features(maker: str, reason: str) -> PipelineError:
    return PipelineError(
        f"{maker} cannot compute the features",
        got=reason,
        expected="a function features(events, label_delay_days) that returns one column per feature of model.yaml",
        fix="fix the module, or the list of features in model.yaml",
    )


def unknown_categories(
    maker: str, feature: str, rows: int, found: Iterable[object], known: Iterable[str]
) -> PipelineError:
    return PipelineError(
        f"{maker} gives {feature} values that are not among its categories",
        got=f"{some(map(repr, found))}, in {rows:,} rows",
        expected=f"one of: {some(known, 20)}",
        fix=f"list them under features in model.yaml, or let columns.{feature}.values quarantine such rows",
    )


def unservable_feature(maker: str, feature: str, rows: int, example: object, expected: str) -> PipelineError:
    return PipelineError(
        f"{maker} gives {feature} values that the served model would refuse",
        got=f"{example} and the like, in {rows:,} rows",
        expected=expected,
        fix=f"correct {maker}, or the feature {feature} in model.yaml (an identifier is a category, or no feature)",
    )


def failed_model_code(what: str, reason: str) -> PipelineError:
    return PipelineError(
        f"the model's {what} failed",
        got=reason,
        expected="a result for the data and settings of this run",
        fix=f"correct {what}, or what model.yaml gives it",
    )


def source_parameter(source: str, key: str, got: object, expected: str, fix: str | None = None) -> PipelineError:
    return PipelineError(
        f"data source {source}: parameter {key} is not valid",
        got=got,
        expected=expected,
        fix=fix or f"correct source.parameters.{key} in model.yaml",
    )


def source_file(path: object, reason: str) -> PipelineError:
    return PipelineError(
        f"the data file {path} cannot be read",
        got=reason,
        expected="a Parquet or CSV file",
        fix="correct source.parameters.path, or make the file readable",
    )


def no_rows(source: str, start: object, end: object) -> PipelineError:
    return PipelineError(
        "the data source has no rows for the period",
        got=f"0 rows from {source}",
        expected=f"rows from {start} to {end}",
        fix="choose another period (train: --as-of; rows: --from and --to), or correct the data source",
    )


def no_rows_to_serve(source: str, start: object, end: object) -> PipelineError:
    return PipelineError(
        "the period has no rows that the model would be asked about",
        got=f"0 eligible rows from {source}",
        expected=f"rows from {start} up to {end}",
        fix="choose another period with --from and --to, or correct the data source",
    )


def missing_columns(missing: Iterable[str], present: Iterable[str]) -> PipelineError:
    return PipelineError(
        f"columns are missing from the data: {names(missing)}",
        got=f"columns {names(present)}",
        expected="every column listed under columns in model.yaml",
        fix="rename the columns in the data source (source.parameters.rename), or correct model.yaml",
    )


def repeated_column(name: str, where: object) -> PipelineError:
    return PipelineError(
        f"two columns of the data are named {name}",
        got=f"{name} more than once in {where}",
        expected="each name once, after renaming",
        fix="rename one of them in the file, or correct source.parameters.rename",
    )


# How a reason for bad rows ends → what else may help.
HINTS = {
    "not a time": "say how times are written (columns.{column}.format), ",
    "beyond 64 bits": "read {column} as text (columns.{column}.type), ",
    "in floating point": "read {column} from whole numbers or as text, ",
}


def _hints(reasons: Iterable[str]) -> str:
    return "".join(
        hint.format(column=reason.partition(":")[0])
        for ending, hint in HINTS.items()
        for reason in reasons
        if reason.endswith(ending)
    )


def too_many_bad_rows(bad: int, total: int, limit: float, reasons: Mapping[str, int], file: object) -> PipelineError:
    counted = "; ".join(f"{reason}: {count}" for reason, count in reasons.items())
    return PipelineError(
        "too many rows are bad",
        got=f"{bad} of {total} rows ({bad / total:.2%}): {counted}",
        expected=f"at most {limit:.2%}",
        fix=f"check the rows in {file}, fix the data source, {_hints(reasons)}"
        "or raise clean.max_bad_share in model.yaml",
    )


def no_good_rows(total: int, reasons: Mapping[str, int], file: object) -> PipelineError:
    counted = "; ".join(f"{reason}: {count}" for reason, count in reasons.items())
    return PipelineError(
        "every row is bad",
        got=f"{total} of {total} rows: {counted}",
        expected="rows that follow the rules under columns in model.yaml",
        fix=f"check the rows in {file}, fix the data source, {_hints(reasons)}or correct the rules",
    )


def bad_label(column: str, found: Iterable[object]) -> PipelineError:
    return PipelineError(
        f"column {column} is not a valid label",
        got=some(found),
        expected="0 or 1 in every row",
        fix=f"fix the data source, or quarantine such rows: columns.{column}.values: [0, 1] in model.yaml",
    )


def one_class(split: str, rows: int, positives: int) -> PipelineError:
    return PipelineError(
        f"the {split} rows do not contain both classes",
        got=f"{positives} positive among {rows} rows",
        expected="at least one positive and one negative row",
        fix="use a longer period (window in model.yaml) or another --as-of",
    )


def bad_parameters(parameters: Mapping[str, object], reason: str) -> PipelineError:
    return PipelineError(
        "LightGBM rejected the parameters of a trial",
        got=f"{reason}, with {names(f'{name}: {value}' for name, value in parameters.items())}",
        expected="values as LightGBM documents them",
        fix="correct search.fixed or search.space in model.yaml",
    )


def unservable_parameters(parameters: Mapping[str, object], reason: PipelineError) -> PipelineError:
    return PipelineError(
        "the parameters of a trial make trees that cannot be served",
        got=f"{reason.what}: {reason.got}, with {names(f'{name}: {value}' for name, value in parameters.items())}",
        expected="the trained model's scores from its ONNX model",
        fix="remove the parameter that changes how trees are read, under search.fixed or search.space in model.yaml",
    )


def gates_failed(failures: Iterable[str], run_id: str) -> PipelineError:
    return PipelineError(
        "the model did not pass the quality gates",
        got=names(failures),
        expected="every gate of model.yaml",
        fix=f"compare MLflow run {run_id} with the last good one; train on more data, or adjust gates in model.yaml",
    )


def onnx_differs(difference: float, rows: int, limit: float) -> PipelineError:
    return PipelineError(
        "the ONNX model's scores differ from the trained model's",
        got=f"a difference of {difference:.3g} over {rows} rows",
        expected=f"at most {limit:g}",
        fix="report it with the model's parameters; as a workaround, try another --set seed",
    )


def onnx_unusable(reason: str) -> PipelineError:
    return PipelineError(
        "the trained model cannot be converted to ONNX",
        got=reason,
        expected="input `features`, output `score`, operators of ai.onnx and ai.onnx.ml only",
        fix="use parameters that the converter supports (search in model.yaml)",
    )


def package_mismatch(file: str, got: str, expected: str) -> PipelineError:
    return PipelineError(
        f"the model package does not match the trained model: {file}",
        got=got,
        expected=expected,
        fix="run the training again; nothing was published",
    )


def not_packaged(model: str, version: str, reason: str) -> PipelineError:
    return PipelineError(
        f"Version {version} of {model} cannot be packaged again.",
        got=reason,
        expected="a registered version with an image",
        fix="name one that `mlops status` or MLflow lists, or train anew",
    )


def missing_setting(name: str, why: str) -> PipelineError:
    return PipelineError(
        f"the environment variable {name} is not set",
        got="nothing",
        expected=why,
        fix=f"set {name}, or unset OCI_REGISTRY to package into a folder",
    )


def tool_missing(tool: str) -> PipelineError:
    return PipelineError(
        f"the program {tool} was not found",
        got=f"no {tool} on PATH",
        expected=f"{tool} of go-containerregistry, which pushes images without a container engine",
        fix=f"install {tool}, or unset OCI_REGISTRY to package into a folder",
    )


def oci_registry_failed(action: str, reference: str, reason: str) -> PipelineError:
    return PipelineError(
        f"the OCI registry did not {action} {reference}",
        got=reason,
        expected="an OCI registry that answers and has free space",
        fix="check that the OCI registry runs (`mlops status`), then train again: nothing was made deployable",
    )


def tracking_failed(uri: str, reason: str) -> PipelineError:
    return PipelineError(
        "MLflow did not answer as expected",
        got=reason,
        expected=f"an MLflow server at {uri} that accepts these credentials",
        fix="check that MLflow and PostgreSQL run (`mlops status`), then train again: nothing was made deployable",
    )


def unwritable(path: object, reason: str) -> PipelineError:
    return PipelineError(
        f"{path} is not writable",
        got=reason,
        expected="a writable folder on a disk with free space",
        fix="choose another with --output",
    )
