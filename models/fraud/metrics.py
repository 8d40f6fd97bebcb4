"""Card precision: how many of the cards that the fraud desk checks in a day turn out to be stolen."""

import numpy as np
import pandas as pd

from pipeline.examples import Examples, Scores

from .blocked_cards import CARD

CARDS_A_DAY = 100


def card_precision(examples: Examples, scores: Scores, cards: int = CARDS_A_DAY) -> float:
    """Share of frauds among the `cards` cards with the highest scores of each day, mean over the days.

    A card found once is blocked, and left out on later days (Fraud Detection Handbook, chapter 4).
    """
    rows = pd.DataFrame({"score": scores, "label": examples.label.to_numpy(), "card": examples.events[CARD].to_numpy()})
    rows["day"] = examples.time.dt.normalize().to_numpy()
    found: set[object] = set()
    shares = []
    for _, day in rows.groupby("day"):
        best = day[~day["card"].isin(found)].groupby("card")[["score", "label"]].max()
        best = best.sort_values("score", ascending=False, kind="stable").head(cards)
        hits = best.index[best["label"] == 1]
        found |= set(hits)
        shares.append(len(hits) / cards)
    return float(np.mean(shares))
