"""Layers as they are when a file is opened."""

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from forensics_rt.io.pdf.layers import is_shown


@pytest.fixture
def pdf():
    """A PDF with the layers `on` and `off`."""
    pdf = pikepdf.new()
    on, off = (pdf.make_indirect(Dictionary(Type=Name.OCG, Name=name)) for name in ("on", "off"))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([on, off]), D=Dictionary(OFF=Array([off])))
    return pdf


def _both(pdf):
    return list(pdf.Root.OCProperties.OCGs)


def test_a_layer_is_on_unless_the_file_says_otherwise(pdf):
    on, off = _both(pdf)
    assert is_shown(pdf, on) and not is_shown(pdf, off)

    pdf.Root.OCProperties.D.BaseState = Name.OFF
    assert not is_shown(pdf, on)
    pdf.Root.OCProperties.D.ON = Array([on])
    assert is_shown(pdf, on)


@pytest.mark.parametrize(
    ("policy", "shown"),
    [(None, True), ("AnyOn", True), ("AllOn", False), ("AnyOff", True), ("AllOff", False)],
)
def test_layers_are_combined_by_a_policy(pdf, policy, shown):
    combined = Dictionary(Type=Name.OCMD, OCGs=Array(_both(pdf)))
    if policy is not None:
        combined.P = Name(f"/{policy}")

    assert is_shown(pdf, combined) == shown


@pytest.mark.parametrize(
    ("sign", "members", "shown"),
    [("And", "on off", False), ("Or", "on off", True), ("Not", "on", False), ("Not", "off", True)],
)
def test_layers_are_combined_by_an_expression(pdf, sign, members, shown):
    layers = dict(zip(("on", "off"), _both(pdf), strict=True))
    expression = Array([Name(f"/{sign}"), *(layers[member] for member in members.split())])

    assert is_shown(pdf, Dictionary(Type=Name.OCMD, VE=expression)) == shown


def test_what_a_layer_is_for_decides_on_the_screen(pdf):
    on, _ = _both(pdf)
    on.Usage = Dictionary(View=Dictionary(ViewState=Name.OFF))
    assert is_shown(pdf, on)  # nothing says that it is to be heeded

    pdf.Root.OCProperties.D.AS = Array([Dictionary(Event=Name.View, OCGs=Array([on]))])
    assert not is_shown(pdf, on)


def test_what_is_no_layer_hides_nothing(pdf):
    assert is_shown(pdf, Name.Layer) and is_shown(pdf, Dictionary(Type=Name.OCMD))
