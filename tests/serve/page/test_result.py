"""The result: the divider, the regions, the heat map, and what is said."""

import numpy as np
from PIL import Image

HANDLE = ".divider"
SCALE = "Number(document.querySelector('zoom-area').style.getPropertyValue('--scale'))"


def share_of_the_marked_picture(tab):
    return tab.page.evaluate("getComputedStyle(document.querySelector('.stage .curtain')).clipPath")


def test_the_divider_follows_the_mouse(tab):
    tab.verdict_of("edited.jpg")
    stage = tab.page.locator(".stage").bounding_box()
    across, down = stage["x"] + stage["width"] * 0.12, stage["y"] + stage["height"] / 2

    tab.page.mouse.move(across, down)
    tab.page.mouse.down()
    tab.page.mouse.move(stage["x"] + stage["width"] * 0.7, down, steps=4)
    tab.page.mouse.up()

    assert abs(int(tab.page.locator(HANDLE).input_value()) - 70) <= 1
    told = tab.page.locator(HANDLE).get_attribute("aria-valuetext")
    assert told.startswith("Original on the left 7")


def test_the_divider_follows_the_keyboard(tab):
    tab.verdict_of("edited.jpg")

    tab.page.locator(HANDLE).focus()
    tab.page.keyboard.press("End")
    hidden = share_of_the_marked_picture(tab)
    tab.page.keyboard.press("Home")
    tab.page.keyboard.press("ArrowRight")

    assert hidden == "inset(0px 0px 0px 100%)"
    assert share_of_the_marked_picture(tab) == "inset(0px 0px 0px 1%)"


def test_a_region_is_zoomed_to_and_left_again(tab):
    tab.verdict_of("edited.jpg")
    region = tab.page.locator(".part").first

    region.click()
    frame = tab.page.locator(".turned svg rect")
    frame.wait_for()
    tab.until(f"{SCALE} > 1.2")
    stage, box = tab.page.locator(".stage").bounding_box(), frame.bounding_box()

    for start, length in (("x", "width"), ("y", "height")):
        center = box[start] + box[length] / 2
        assert abs(center - (stage[start] + stage[length] / 2)) < 3, "in the middle of the stage"
    assert region.get_attribute("aria-pressed") == "true"
    region.click()
    tab.until(f"{SCALE} === 1")
    assert frame.count() == 0


def test_a_turned_photograph_is_shown_upright_and_its_region_in_place(tab):
    tab.verdict_of("turned.jpg")
    sheet = tab.page.locator(".sheet").first.bounding_box()
    assert sheet["width"] > sheet["height"], "stored on its side, shown across"

    tab.page.locator("input[value=original]").check(force=True)
    seen = Image.open(_saved(tab, sheet)).convert("L").resize((128, 100))

    upright = Image.open(tab.papers / "edited.jpg").convert("L").crop((0, 0, 512, 400))
    difference = np.abs(np.asarray(seen, float) - np.asarray(upright.resize((128, 100)), float))
    assert difference.mean() < 12


def _saved(tab, clip):
    path = tab.papers / "seen.png"
    path.write_bytes(tab.page.screenshot(clip=clip))
    return path


def test_the_heat_map_comes_when_it_is_wanted_and_can_be_made_weaker(tab):
    tab.verdict_of("edited.jpg")
    assert not any(address.endswith("/heat") for address in tab.asked)

    tab.page.locator("input[value=heat]").check(force=True)
    tab.wait_for_picture()
    strength = tab.page.get_by_label("Strength")
    strength.focus()
    tab.page.keyboard.press("Home")

    heat = tab.page.locator("service-image.heat")
    assert heat.evaluate("(layer) => layer.style.opacity") == "0"
    assert any(address.endswith("/heat") for address in tab.asked)


def test_the_wheel_and_the_keys_zoom(tab):
    tab.verdict_of("edited.jpg")
    stage = tab.page.locator(".stage").bounding_box()
    tab.page.mouse.move(stage["x"] + stage["width"] / 2, stage["y"] + 100)

    tab.page.mouse.wheel(0, -400)
    tab.until(f"{SCALE} > 1.1")
    tab.page.locator("zoom-area").focus()
    tab.page.keyboard.press("+")
    tab.until(f"{SCALE} > 1.5")
    tab.page.keyboard.press("0")

    tab.until(f"{SCALE} === 1")


def test_score_medium_and_overlays_are_in_words(tab):
    tab.verdict_of("three.pdf")

    said = tab.text(".panel")
    assert tab.text(".figure").endswith("%")
    assert "The probability that this picture was edited" in said
    assert "Kind of picture" in said
    assert "1 addition over the scan" in said
    tab.page.get_by_text("1 addition over the scan").click()
    tab.page.locator(".note .part", has_text="text").click()
    tab.page.locator(".turned svg rect").wait_for()
