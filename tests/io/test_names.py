from forensics_rt.io.names import printable


def test_control_characters_cannot_reach_a_terminal():
    assert printable("in/\x1b[31mred\r\n\x7f\x9b.png") == r"in/\x1b[31mred\x0d\x0a\x7f\x9b.png"


def test_no_name_is_shown_backwards():
    assert printable("in/\u202egpj.exe\u2069\u2028") == r"in/\u202egpj.exe\u2069\u2028"


def test_other_characters_stay_as_they_are():
    assert printable("ünïcödé 文書 [1].png") == "ünïcödé 文書 [1].png"
