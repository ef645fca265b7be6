"""Documents: pages, errors that can be mended, cancel, remove, save."""

import json

import pikepdf

NOT_FOUND = 404


def test_a_pdf_is_a_list_of_pages_whose_pictures_come_when_they_are_shown(tab):
    tab.verdict_of("three.pdf")
    tab.page.locator(".status", has_text="3 pages").wait_for()

    assert tab.page.locator(".leaf .number").count() == 3
    tab.page.locator(".leaf service-image[data-state=there]").nth(2).wait_for()
    assert not any("/pages/3/overlay" in address for address in tab.asked)
    tab.page.locator(".leaf").nth(2).click()
    tab.wait_for_picture()
    assert tab.text(".pager") == "Page 3 of 3"
    assert any("/pages/3/overlay" in address for address in tab.asked)


def test_a_damaged_file_says_so_and_can_be_checked_as_far_as_it_goes(tab):
    tab.add("broken.jpg")

    tab.page.get_by_role("heading", name="This file is damaged").wait_for()
    tab.page.get_by_role("button", name="Check what can be read").click()

    tab.wait_for_picture()
    assert "Parts of this file are damaged" in tab.text(".notes")


def test_what_is_no_picture_gets_the_words_of_the_service(tab):
    tab.add("text.jpg")

    notice = tab.page.locator(".problem")
    notice.get_by_role("heading", name="This file could not be checked").wait_for()
    assert "text.jpg" in notice.inner_text()
    assert tab.status() == "Not checked"


def test_a_file_that_is_too_large_is_not_even_sent(tab):
    def small(route):
        route.fulfill(json=route.fetch().json() | {"max_bytes": 2000})

    tab.page.route("**/version", small)
    tab.open()

    tab.add("edited.jpg")

    tab.page.locator(".problem", has_text="the service takes 2 kB at most").wait_for()
    assert not any("/v1/jobs" in address for address in tab.asked)


def test_a_locked_pdf_asks_for_its_password(tab):
    tab.add("locked.pdf")

    tab.page.get_by_label("Password of the PDF").fill("secret")
    tab.page.get_by_role("button", name="Open and check").click()

    tab.wait_for_picture()


def test_a_long_document_is_canceled_and_nothing_of_it_is_kept(tab):
    with tab.page.expect_response("**/v1/jobs?**") as begun:
        tab.add("sixty.pdf")
    job = begun.value.json()["id"]

    with tab.page.expect_response(lambda answer: answer.request.method == "DELETE"):
        # At once: the document must not end while the button is still moving into its place.
        cancel = tab.page.get_by_role("button", name="Cancel the check of sixty.pdf")
        cancel.dispatch_event("click")

    tab.page.get_by_role("heading", name="Canceled").wait_for()
    assert tab.page.request.get(f"{tab.address}/v1/jobs/{job}").status == NOT_FOUND


def test_pictures_are_freed_with_their_document(tab):
    tab.verdict_of("three.pdf")
    tab.page.locator(".leaf service-image[data-state=there]").nth(2).wait_for()
    assert tab.page.evaluate("held.size") > 3

    tab.page.get_by_role("button", name="Remove three.pdf").click()

    tab.page.get_by_role("heading", name="Was this document edited?").wait_for()
    assert tab.page.evaluate("held.size") == 0


def test_results_are_saved(tab, tmp_path):
    tab.verdict_of("three.pdf")
    tab.page.locator(".status", has_text="3 pages").wait_for()

    saved = {}
    for name in ("Mask", "Figures (JSON)", "Annotated PDF"):
        with tab.page.expect_download() as download:
            tab.page.get_by_role("button", name=name, exact=True).click()
        saved[download.value.suggested_filename] = tmp_path / name
        download.value.save_as(tmp_path / name)

    assert set(saved) == {
        "three.pdf-page1.mask.png",
        "three.pdf-page1.json",
        "three.pdf.annotated.pdf",
    }
    assert json.loads(saved["three.pdf-page1.json"].read_text())["name"] == "three.pdf-page1"
    with pikepdf.open(saved["three.pdf.annotated.pdf"]) as pdf:
        assert len(pdf.pages) == 3


def test_the_report_is_offered_if_the_service_makes_one(tab):
    paths = {"/v1/jobs/{job_id}/report": {"get": {}}}
    tab.page.route("**/openapi.json", lambda route: route.fulfill(json={"paths": paths}))
    tab.open()

    tab.verdict_of("edited.jpg")
    tab.page.get_by_text("The service keeps this result").wait_for()

    for name in ("Report (PDF)", "Report (web page)"):
        assert tab.page.get_by_role("button", name=name).is_visible()


def test_the_token_is_asked_for_once(tab):
    def guard(route):
        given = route.request.headers.get("authorization")
        if given == "Bearer secret":
            route.continue_()
        else:
            details = {"error": "Unauthorized", "detail": "the token is missing or wrong"}
            route.fulfill(status=401, json=details)

    tab.page.route("**/v1/**", guard)
    tab.add("edited.jpg")

    tab.page.get_by_role("textbox", name="Token").fill("secret")
    tab.page.get_by_role("button", name="Continue").click()

    tab.wait_for_picture()
