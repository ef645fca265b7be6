"""A thousand damaged files: each is refused, or gives the sound pixels, but for a known share."""

import pytest

from benchmarks.damage import outcomes, sound_files

# Shares that pass silently, rounded up from those of `python -m benchmarks.damage`. PNG and
# deflated TIFF have checksums. A fax row must have its width, and LZW give the bytes of its strip.
# A wrong Huffman code of a JPEG mostly loses the count of blocks, but a wrong bit of the value
# behind it is a value. The other kinds have no checksum, and their decoders take any bits for data.
# Of a PDF the instructions that place an image, and the dictionaries, have none either.
ALLOWED = {
    "JPEG": 0.45,
    "JPEG progressive": 0.25,
    "PNG": 0,
    "WebP lossy": 0.6,
    "WebP lossless": 0.85,
    "TIFF G3": 0.05,
    "TIFF G4": 0.05,
    "TIFF LZW": 0.25,
    "TIFF deflate": 0,
    "TIFF PackBits": 0.8,
    "TIFF JPEG": 0.4,
    "JP2": 0.85,
    "AVIF": 0.6,
    "PDF JPEG": 0.45,
    "PDF G4": 0.25,
    "PDF deflate": 0.05,
}
COPIES = 63  # of each kind: 1,008 in all


@pytest.mark.filterwarnings("ignore")
def test_of_a_thousand_damaged_files_no_more_pass_than_their_codecs_allow():
    found = {kind: outcomes(data, COPIES) for kind, data in sound_files().items()}

    assert sum(one.copies for one in found.values()) >= 1000
    shares = {kind: len(one.silent) / one.copies for kind, one in found.items()}
    assert {kind for kind, share in shares.items() if share > ALLOWED[kind]} == set(), shares


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF G4", "TIFF LZW"])
def test_what_is_examined_though_damaged_says_so(kind):
    data = sound_files()[kind]
    refusing, examining = (outcomes(data, 40, damaged=how) for how in ("refuse", "examine"))

    assert examining.silent == refusing.silent, "whatever else gives pixels tells of damage"
    assert examining.told > 0 and refusing.told == 0
