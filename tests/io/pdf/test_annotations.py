"""Annotations are examined where a viewer shows them on the screen."""

import numpy as np
import pytest
from pikepdf import Array, Dictionary, Name

from forensics_rt.io.decode import decode
from tests.io.pdf.scan_page import ScanPage

_INVISIBLE, _HIDDEN, _PRINT, _NO_VIEW = 1, 2, 4, 32


@pytest.mark.parametrize("flags", [0, _PRINT, _INVISIBLE, _INVISIBLE | _PRINT])
@pytest.mark.parametrize(("subtype", "kind"), [("/Stamp", "stamp"), ("/Link", "link")])
def test_what_viewers_show_lies_over_the_scan(flags, subtype, kind):
    page = ScanPage()
    page.annotate(Subtype=Name(subtype), F=flags)

    found = decode(page.save())

    assert [part.kind for part in found.page_report.overlays] == [kind]
    assert (found.pixels[52:80, 70:112] == (255, 0, 0)).all()


@pytest.mark.parametrize(
    ("flags", "hidden"),
    [
        (_HIDDEN, []),
        (_NO_VIEW, []),
        (_NO_VIEW | _PRINT, ["only in print"]),
        (_HIDDEN | _PRINT, []),
    ],
)
def test_what_is_not_for_the_screen_is_not_examined(flags, hidden):
    page = ScanPage()
    page.annotate(F=flags)

    found = decode(page.save())

    assert np.array_equal(found.pixels, page.scan)
    assert found.page_report.overlays == ()
    assert [part.kind for part in found.page_report.hidden] == hidden


@pytest.mark.parametrize("combined", [False, True])
def test_what_belongs_to_a_layer_that_is_off_is_hidden(combined):
    page = ScanPage()
    layer = page.layer()
    page.annotate(OC=Dictionary(Type=Name.OCMD, OCGs=layer) if combined else layer)

    found = decode(page.save())

    assert np.array_equal(found.pixels, page.scan)
    assert [(part.kind, part.page_box) for part in found.page_report.hidden] == [
        ("layer off", (40, 40, 70, 60))
    ]


@pytest.mark.parametrize(
    ("turned", "box"),
    [
        (0, (67, 50, 50, 33)),
        (90, (67, 0, 33, 50)),
        (180, (17, 17, 50, 33)),
        (270, (34, 50, 33, 50)),
    ],
)
def test_what_does_not_turn_with_its_page_stays_upright(turned, box):
    page = ScanPage()
    page.annotate(F=_PRINT | 16)
    page.page.obj.Rotate = turned

    (overlay,) = decode(page.save()).page_report.overlays

    assert overlay.kind == "stamp"
    assert np.abs(np.subtract(overlay.box, box)).max() <= 1


def test_a_link_that_shows_nothing_is_no_overlay():
    page = ScanPage()
    link = page.annotate(Subtype=Name.Link, Border=Array([0, 0, 0]))
    del link["/AP"]

    assert decode(page.save()).page_report.source == "stored"
