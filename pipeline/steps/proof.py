"""Rows with ONNX Runtime's scores: what the model server compares its compiled trees with at every start.

The rows are made from the model alone, so that a package carries no data. Together they reach every leaf that a row can
reach: once with the features that decide as large as they may be there, on a threshold, once as small, right above one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from pipeline import errors
from pipeline.steps.export import score_onnx

# Bounds the time to make and to compare them; models of a thousand leaves need a few hundred.
MOST_ROWS = 4_096
EXTREME_ROWS = 64
EXTREMES = np.array([np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, -0.0], dtype=np.float32)
EXTREME_SHARE = 1 / 8
# Leaves of one tree that are tried to join a row before the next tree's are.
TRIES = 3
Matrix = npt.NDArray[np.float32]
Random = np.random.Generator


@dataclass(frozen=True)
class Values:
    """What a feature may be on the way to a leaf: above `low`, up to `high`, or missing; of one set, not of another."""

    low: float = -np.inf
    high: float = np.inf
    missing: bool = True
    among: frozenset[int] | None = None
    without: frozenset[int] = frozenset()

    def narrowed(self, other: "Values") -> "Values | None":
        """What both allow; None for nothing."""
        sets = [each for each in (self.among, other.among) if each is not None]
        without = self.without | other.without
        among = frozenset.intersection(*sets) - without if sets else None
        missing = self.missing and other.missing
        found = Values(max(self.low, other.low), min(self.high, other.high), missing, among, without)
        return None if among == frozenset() or (found.is_empty and not missing) else found

    @property
    def is_empty(self) -> bool:
        """Whether no number is among them."""
        return self.low == np.inf or _above(self.low) > self.high

    def draw(self, known: Sequence[int], random: Random, *, upper: bool) -> float:
        """The largest or the smallest, or one of the categories; `known` are those that the model tells apart."""
        if self.among is not None:
            return float(random.choice(sorted(self.among)))
        if self.without:
            return float(random.choice([*sorted(set(known) - self.without), max(known) + 1]))
        if self.is_empty:
            return np.nan
        return self.high if self.low == -np.inf or (upper and self.high < np.inf) else _above(self.low)


Path = Mapping[int, Values]


def make_proof(booster: lgb.Booster, model: bytes, seed: int) -> bytes:
    """Rows, row by row, then ONNX Runtime's score of each: float32, little-endian."""
    rows = proof_rows(booster, seed)
    scores = score_onnx(model, rows)
    if not np.isfinite(scores).all():
        raise errors.onnx_unusable("a score that is not finite")
    return np.concatenate([rows.ravel(), scores]).astype("<f4").tobytes()


def proof_rows(booster: lgb.Booster, seed: int) -> Matrix:
    """Rows that reach every leaf where possible, then some with extreme and missing values."""
    random = np.random.default_rng(seed)
    trees = [list(_paths(tree["tree_structure"])) for tree in booster.dump_model()["tree_info"]]
    free = [Free(feature, trees) for feature in range(booster.num_feature())]
    rows = [_row(path, free, random, upper=upper) for path in _joined(trees, random) for upper in (True, False)]
    extreme = np.array([_row({}, free, random, upper=True) for _ in range(EXTREME_ROWS)])
    where = random.random(extreme.shape) < EXTREME_SHARE
    extreme[where] = random.choice(EXTREMES, int(where.sum()))
    return np.array([*rows[:MOST_ROWS], *extreme, np.full(len(free), np.nan)], dtype=np.float32)


class Free:
    """Values of a feature that no leaf asks for: next to any threshold of the model."""

    def __init__(self, feature: int, trees: Sequence[Sequence[Path]]) -> None:
        found = [path[feature] for paths in trees for path in paths if feature in path]
        self.categories = sorted({code for each in found for code in (each.among or frozenset()) | each.without})
        ends = {float(end) for each in found for end in (each.low, each.high) if np.isfinite(end)}
        self.thresholds = sorted(ends)

    def draw(self, random: Random) -> float:
        if self.categories:
            return float(random.choice([*self.categories, self.categories[-1] + 1]))
        if len(self.thresholds) == 0:
            return 0.0
        threshold = float(random.choice(self.thresholds))
        return (threshold, _above(threshold), -_above(-threshold))[random.integers(3)]


def _paths(tree: Mapping[str, Any]) -> Iterator[Path]:
    """What each leaf asks of the features; nothing for a leaf that no row reaches."""
    open_: list[tuple[Mapping[str, Any], Path]] = [(tree, {})]
    while open_:
        node, path = open_.pop()
        if "split_feature" not in node:
            yield path
            continue
        for side, asked in zip(("left_child", "right_child"), _sides(node), strict=True):
            narrowed = _narrowed(path, {node["split_feature"]: asked})
            if narrowed is not None:
                open_.append((node[side], narrowed))


def _sides(node: Mapping[str, Any]) -> tuple[Values, Values]:
    """What a split asks of its feature to go left, and right."""
    if node["decision_type"] == "==":
        members = frozenset(int(code) for code in str(node["threshold"]).split("||"))
        return Values(among=members, missing=False), Values(without=members)
    # Beyond float32 where only missing values go right.
    with np.errstate(over="ignore"):
        threshold = float(np.float32(node["threshold"]))
    left = _missing_goes_left(node, threshold)
    return Values(high=threshold, missing=left), Values(low=threshold, missing=not left)


def _missing_goes_left(node: Mapping[str, Any], threshold: float) -> bool:
    """Where training saw no missing value, LightGBM takes zero for it."""
    return bool(node["default_left"]) if node["missing_type"] != "None" else threshold >= 0


def _narrowed(path: Path, more: Path) -> Path | None:
    """What both paths ask for; None where no row can be on both."""
    found = dict(path)
    for feature, asked in more.items():
        both = found[feature].narrowed(asked) if feature in found else asked
        if both is None:
            return None
        found[feature] = both
    return found


def _joined(trees: Sequence[Sequence[Path]], random: Random) -> Iterator[Path]:
    """Few paths that together go to every leaf: each joins leaves of as many trees as agree."""
    waiting = [list(paths) for paths in trees]
    for paths in waiting:
        random.shuffle(paths)
    while any(waiting):
        joined: Path = {}
        for tree in random.permutation(len(waiting)):
            paths = waiting[tree]
            for position in range(len(paths) - 1, max(-1, len(paths) - 1 - TRIES), -1):
                both = _narrowed(joined, paths[position])
                if both is not None:
                    joined = both
                    del paths[position]
                    break
        yield joined


def _row(path: Path, free: Sequence[Free], random: Random, *, upper: bool) -> Matrix:
    """A row on the path, at the upper or the lower ends of what it asks for."""
    values = [
        path[feature].draw(other.categories, random, upper=upper) if feature in path else other.draw(random)
        for feature, other in enumerate(free)
    ]
    return np.array(values, dtype=np.float32)


def _above(value: float) -> float:
    """The next float32."""
    return float(np.nextafter(np.float32(value), np.float32(np.inf)))
