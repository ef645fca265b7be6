"""The page for everybody: axe finds nothing, and no mouse is needed."""

import pytest

DARK, LIGHT = {"color_scheme": "dark"}, {"color_scheme": "light"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def violations(tab):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(tab.page).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("tab", [LIGHT, DARK | PHONE], indirect=True)
def test_axe_finds_nothing_in_any_state(tab):
    states = {"start": violations(tab)}
    tab.add("three.pdf", "broken.jpg", "locked.pdf")
    states["busy"] = violations(tab)
    tab.wait_for_picture()
    tab.page.locator(".status", has_text="3 pages").wait_for()
    tab.page.get_by_text("1 addition over the scan").click()
    tab.page.locator(".part").first.click()
    states["result"] = violations(tab)
    tab.page.locator("input[value=heat]").check(force=True)
    states["heat"] = violations(tab)
    tab.page.locator(".pick", has_text="broken.jpg").click()
    tab.page.get_by_role("heading", name="This file is damaged").wait_for()
    states["damaged"] = violations(tab)
    tab.page.locator(".pick", has_text="locked.pdf").click()
    tab.page.get_by_role("heading", name="This PDF is locked").wait_for()
    states["locked"] = violations(tab)

    assert {state: found for state, found in states.items() if found} == {}


def test_the_whole_way_is_gone_by_keyboard(tab):
    keys = tab.page.keyboard
    tab.tab_to("button.primary")
    with tab.page.expect_file_chooser() as asked:
        keys.press("Enter")
    asked.value.set_files(tab.papers / "edited.jpg")
    tab.wait_for_picture()
    assert "edited.jpg" in tab.page.locator("#said").inner_text(), "it is said aloud"

    tab.tab_to("input[name=layer]")
    keys.press("ArrowRight")
    tab.page.wait_for_selector("service-image.heat")
    keys.press("ArrowLeft")
    tab.tab_to("zoom-area")
    keys.press("+")
    tab.tab_to(".divider")
    keys.press("ArrowRight")
    assert tab.page.locator(".divider").input_value() == "13"
    tab.tab_to(".part")
    keys.press("Enter")
    tab.page.locator(".turned svg rect").wait_for()
    assert tab.page.locator("#said").inner_text() == "Zoomed to Region 1."
    tab.tab_to(".saving button")
    with tab.page.expect_download() as download:
        keys.press("Enter")
    assert download.value.suggested_filename == "edited.jpg.report.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF")


def test_the_focus_stays_near_what_was_removed(tab):
    tab.add("edited.jpg", "plain.png")

    tab.page.get_by_role("button", name="Remove edited.jpg").press("Enter")

    tab.until("document.activeElement.matches('.pick')")
    assert "plain.png" in tab.page.evaluate("document.activeElement.innerText")
