"""What MLflow is given to keep."""

from pipeline.steps.register import DESCRIPTION_CHARACTERS, shortened


def test_a_model_card_that_fits_is_kept_whole() -> None:
    card = "x" * DESCRIPTION_CHARACTERS
    assert shortened(card, "0a1b") == card


def test_a_truncated_model_card_says_where_the_whole_is() -> None:
    found = shortened("# Model card\n" + "x" * DESCRIPTION_CHARACTERS, "0a1b")
    assert len(found) == DESCRIPTION_CHARACTERS
    assert found.startswith("# Model card\nxxx")
    assert found.endswith("x\n\n… the whole model card: artifact card.md of run 0a1b")
