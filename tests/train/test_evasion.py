"""Simple means of hiding an edit: what they do to pages, and what is counted afterwards."""

from __future__ import annotations

import dataclasses
import json
import shutil

import numpy as np
import pytest
import torch

from forensics_rt import Bundle
from tests.bundles import brightness_graph, write_bundle
from tests.train.test_robustness import Pages, page
from train.__main__ import main
from train.commands.evade import write_into_card
from train.evaluation.adversarial import adversarial
from train.evaluation.attacks import ATTACKS
from train.evaluation.cases import Case
from train.evaluation.degradations import Degradation
from train.evaluation.evasion import Saying, evade, page_answer, with_numbered_regions
from train.evaluation.evasion_report import markdown, plain_rows, with_section


class Bright:
    """Reports what is bright, and says so in a verdict; counts how often it is asked."""

    asked = 0

    def __call__(self, image: np.ndarray) -> Saying:
        self.asked += 1
        mask = image.mean(axis=2) > 130
        return Saying(mask, "forged" if mask.any() else "uncertain")


class SumOfColors(torch.nn.Module):
    """Calls bright pixels forged, as a network would."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return (image.mean(dim=1) - 219.0) / 4


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: f"{one.family} {one.level}")
def test_the_truth_goes_where_the_pixels_go(attack):
    arrived = attack.apply(page(), seed=1)

    assert arrived.mask.shape == arrived.image.shape[:2]
    assert set(np.unique(arrived.mask)) <= {0, 1}, "no label is made up"
    bright = arrived.image.mean(axis=2) > 130
    overlap = (bright & (arrived.mask == 1)).sum() / (bright | (arrived.mask == 1)).sum()
    assert overlap > 0.85
    again = attack.apply(page(), seed=1)
    assert np.array_equal(arrived.image, again.image)


def test_noise_against_a_network_stays_within_edits_and_levels_and_lowers_its_answer():
    case = page()
    network = SumOfColors()
    arrived = adversarial(network, levels=2, steps=6).apply(case, seed=0)

    change = arrived.image.astype(int) - case.image
    assert not change[case.mask == 0].any()
    assert np.abs(change).max() == 2 and (change[case.mask > 0] == -2).all()
    authentic = page(1)
    assert adversarial(network).apply(authentic, 0).image is authentic.image


def test_noise_is_not_clipped_at_black():
    image, mask = np.zeros((40, 70, 3), np.uint8), np.zeros((40, 70), np.uint8)
    mask[10:20, 10:60] = 1

    arrived = adversarial(SumOfColors(), steps=3).apply(Case("black", image, mask), 0)

    assert not arrived.image.any(), "nothing is darker"


def test_a_region_counts_as_found_where_it_went_and_missed_where_it_is_gone():
    mask = np.zeros((40, 60), np.uint8)
    mask[2:10, 2:10], mask[20:22, 20:22], mask[30:35, 40:50] = 3, 3, 255
    case = with_numbered_regions(Case("page", np.zeros((40, 60, 3), np.uint8), mask))
    assert sorted(np.unique(case.mask)) == [0, 1, 2, 255]
    gone = dataclasses.replace(case, mask=np.where(case.mask == 2, np.uint8(0), case.mask))

    whole = page_answer(case, gone, Saying(gone.mask > 0, "forged"))
    assert (whole.regions, whole.found, whole.alarmed) == (2, 1, False)
    nothing = page_answer(case, case, Saying(case.mask == 0, None))
    assert (nothing.found, nothing.alarmed) == (0, True)


def test_pages_come_in_turn_and_a_stopped_run_goes_on(tmp_path):
    attacks = (ATTACKS[0], ATTACKS[1])
    kept, say = tmp_path / "pages.jsonl", Bright()
    cut = evade([Pages(), Pages()], say, attacks, seconds=-1, kept=kept)
    assert cut[0].pages == () and say.asked == 0

    rows = evade([Pages()], say, attacks, (adversarial(SumOfColors(), steps=1),), kept=kept)

    # Of four pages two are forged, and are asked once more.
    assert say.asked == 4 * 2 + 2
    assert [len(row.pages) for row in rows] == [4, 4, 2]
    assert evade([Pages()], say, attacks, (adversarial(SumOfColors()),), kept=kept) == rows
    assert say.asked == 10, "all were kept"


def test_a_run_goes_on_with_answers_to_the_same_question_alone(tmp_path):
    kept, say = tmp_path / "pages.jsonl", Bright()
    evade([Pages()], say, ATTACKS[:1], kept=kept, asked="one bundle")

    other = evade([Pages()], lambda image: Saying(image[..., 0] > 255, None), ATTACKS[:1],
                  kept=kept, asked="another")  # fmt: skip
    noise = (adversarial(SumOfColors(), steps=1),)
    rows = evade([Pages()], say, ATTACKS[:1], noise, kept=kept, asked="one bundle")

    assert plain_rows(other)[0]["regions_found"] == 0
    assert plain_rows(rows)[0]["regions_found"] == 2
    assert plain_rows(rows)[1]["forged_pages"] == 2, "pages without noise are asked again"


def test_the_table_counts_forged_and_authentic_pages_apart():
    def blackened(image, mask, seed):
        return np.zeros_like(image), mask

    rows = evade([Pages()], Bright(), (ATTACKS[0], Degradation("ink", "", blackened)))

    before, after = plain_rows(rows)
    assert (before["regions_found"], before["pages_found"], before["without_verdict"]) == (2, 2, 2)
    assert (after["regions_found"], after["forged_called_forged"]) == (0, 0)
    lines = markdown(rows).splitlines()
    assert lines[2] == "| nothing | 100 % of 2 | 100 % | 100 % | 0 % | 0 % | 50 % |"
    assert lines[3] == "| ink | 0 % of 2 | 0 % | 0 % | 0 % | 0 % | 100 % |"


def test_a_card_has_one_section_and_the_rest_of_it_stays():
    card = "# A\n\nText.\n\n## Known failures\n\n- B\n"
    once = with_section(card, "First.")
    assert once == "# A\n\nText.\n\n## Evasion\n\nFirst.\n\n## Known failures\n\n- B\n"
    assert with_section(once, "Second.") == once.replace("First.", "Second.")
    assert with_section("# A\n", "Only.") == "# A\n\n## Evasion\n\nOnly.\n"
    assert with_section("# A\n\n## Evasion\n\nOld.\n", "New.") == "# A\n\n## Evasion\n\nNew.\n"


def test_the_card_of_a_bundle_is_written_and_its_manifest_fits(tmp_path):
    source = Bundle.open("fast").path
    shutil.copytree(source, tmp_path / "fast")
    before = Bundle.open(tmp_path / "fast")

    write_into_card(before, "| a | table |\n")

    after = Bundle.open(tmp_path / "fast")
    assert "\n## Evasion\n\n| a | table |\n\n## Known failures" in (after.model_card() or "")
    texts = [(folder / "manifest.json").read_text().splitlines() for folder in (source, after.path)]
    changed = [lines for lines in zip(*texts, strict=True) if lines[0] != lines[1]]
    assert len(changed) == 2, "length and sum of the card, and no other line"


def test_a_bundle_without_a_card_is_refused(tmp_path):
    bundle = write_bundle(tmp_path / "bundle", [brightness_graph()])
    with pytest.raises(ValueError, match="no model card"):
        write_into_card(bundle, "text")


def test_the_command_writes_a_table_and_goes_on(sources, tmp_path, monkeypatch, capsys):
    config = tmp_path / "pages.toml"
    config.write_text("[sources]\nfonts = []\n[page]\nsize = 128\nreal_share = 1.0\n")
    monkeypatch.setattr("train.commands.evade.open_sources", lambda *_, **__: sources)
    bundle = write_bundle(tmp_path / "bundle", [brightness_graph()])
    words = ["--bundle", str(bundle.path), "--config", str(config), "--count", "2"]
    out = tmp_path / "out"

    assert main(["evade", *words, "--out", str(out)]) == 0
    table = capsys.readouterr().out
    told = json.loads((out / "evasion.json").read_text(encoding="utf-8"))
    assert main(["evade", *words, "--out", str(out)]) == 0

    assert table.startswith("| after |") and capsys.readouterr().out == table
    assert told["rows"][0]["attack"] == "nothing"
    assert len(told["rows"]) == len(ATTACKS) == len(table.splitlines()) - 2
    assert told["pages"] == {"synthetic": 2} and told["rows"][0]["authentic_pages"] >= 0
    assert len((out / "pages.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    assert main(["evade", *words, "--seed", "7", "--out", str(out)]) == 0
    assert len((out / "pages.jsonl").read_text(encoding="utf-8").splitlines()) == 4
