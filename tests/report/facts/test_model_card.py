"""What a report repeats of a model card."""

import pytest

from forensics_rt import Bundle
from forensics_rt.report.facts.model_card import CardSummary, card_summary


@pytest.mark.parametrize("name", ["default", "fast"])
def test_the_cards_of_the_package_have_a_summary_and_limits(name):
    card = card_summary(Bundle.open(name, hashes=False).model_card())

    assert card.title.startswith(f"forensics-rt-{name}")
    assert "not evidence" in card.summary or len(card.summary) > 50
    assert "glyphs cut from" in " ".join(card.limits) and "](" not in " ".join(card.limits)


def test_items_over_several_lines_become_one():
    card = card_summary("# M\n\nSum\nmary.\n\n## Known failures\n\n- one\n  more\n- `two`\n")

    assert card == CardSummary("M", "Sum mary.", ("one more", "two"))


def test_an_empty_card_is_an_empty_summary():
    assert card_summary("") == CardSummary()
