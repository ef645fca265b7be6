"""Files come in by each way that the page offers."""

import base64

import pytest

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# What the browser makes of files that are let go over the window.
DROP = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, { type: "image/jpeg" }));
  const drag = (kind) => document.body.dispatchEvent(
    new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
  drag("dragenter");
  drag("dragover");
  globalThis.drop = () => drag("drop");
}"""
COPY = """async () => {
  const image = await createImageBitmap(new ImageData(300, 200));
  const canvas = new OffscreenCanvas(300, 200);
  canvas.getContext("2d").drawImage(image, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
}"""


def test_several_files_are_picked_and_each_gets_a_verdict(tab):
    verdict = tab.verdict_of("edited.jpg", "plain.png")

    tab.page.locator(".file", has_text="plain.png").locator(".status", has_text="%").wait_for()
    assert tab.page.locator(".file .name").all_inner_texts() == ["edited.jpg", "plain.png"]
    assert tab.status(0).startswith(verdict)


def test_a_file_is_dropped(tab):
    data = base64.b64encode((tab.papers / "edited.jpg").read_bytes()).decode()

    tab.page.evaluate(DROP, ["dropped.jpg", data])
    tab.page.get_by_text("Let go to check these files").wait_for()
    tab.page.evaluate("drop()")

    tab.wait_for_picture()
    assert tab.text(".verdict h1") == "dropped.jpg"
    assert tab.page.locator(".letgo").count() == 0


def test_a_picture_is_pasted(tab):
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.page.evaluate(COPY)

    tab.page.keyboard.press("Control+V")

    tab.wait_for_picture()
    assert tab.text(".verdict h1").startswith("Pasted ")


@pytest.mark.parametrize("tab", [PHONE], indirect=True)
def test_a_phone_offers_its_camera(tab):
    button = tab.page.get_by_role("button", name="Take a photograph")

    with tab.page.expect_file_chooser() as asked:
        button.click()

    assert asked.value.element.get_attribute("capture") == "environment"
    asked.value.set_files(tab.papers / "edited.jpg")
    tab.wait_for_picture()
    width = tab.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["viewport"]["width"], "nothing sticks out"
