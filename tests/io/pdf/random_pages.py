"""Pages of a PDF with up to five images and what scanners, editors and forgers do to them."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass

import cv2
import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

_TURNS = (0, 90, 180, 270)
_COLORS = ("gray", "rgb", "indexed", "bilevel", "jpeg gray", "jpeg rgb", "stencil", "separation")
# Samples per inch of what is left of a scan where its text is cut out, and a little more.
_LEAST_UNDER_TEXT = 156.0
_MASKS = ("none", "none", "none", "soft", "hard", "color key")


@dataclass(frozen=True)
class RandomPage:
    """A page and what must hold of its pixels.

    Attributes:
        data: The file.
        least_density: Samples per inch of the scan, or of the last image where it is all to be
            seen, upright and large enough to matter, and lies on no scan; else 0.
        density: Samples per inch of the scan where nothing on it is large enough to decide; else 0.
        made_of: What is on the page, for whoever looks into a failure.
    """

    data: bytes
    least_density: float
    density: float
    made_of: str


def random_page(seed: int) -> RandomPage:
    """Make a page."""
    return _Maker(np.random.default_rng(seed)).make()


class _Maker:
    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.pdf = pikepdf.new()
        self.resources = Dictionary(
            XObject=Dictionary(), Properties=Dictionary(), ExtGState=Dictionary(),
            Font=Dictionary(F=self.font()),
        )  # fmt: skip
        self.content: list[str] = []
        self.said: list[str] = []
        self.size = rng.integers(90, 240, 2).astype(float) + rng.choice([0, 0.28, 0.5, 0.89])
        self.least = 0.0
        self.scan = 0.0  # samples per inch
        self.on_scan = 0.0  # share of the page
        self.has_text = False  # cut out in one bit a sample, or by a finer mask

    def make(self) -> RandomPage:
        rng = self.rng
        if rng.random() < 0.5:
            self.add_scan()
        for _ in range(rng.integers(0 if self.said else 1, 4)):
            self.add_image()
        for _ in range(rng.integers(0, 3)):
            self.add_words_or_lines()
        page = self.pdf.add_blank_page(page_size=(float(self.size[0]), float(self.size[1])))
        page.Resources = self.resources
        page.Contents = Stream(self.pdf, "\n".join(self.content).encode())
        page.Rotate = int(rng.choice(_TURNS))
        if rng.random() < 0.25:
            inset = rng.uniform(0, 0.3, 2) * self.size
            outer = self.size - rng.uniform(0, 0.2, 2) * self.size
            page.CropBox = Array([float(number) for number in (*inset, *outer)])
            self.said.append("crop")
            self.least = 0.0
        if rng.random() < 0.2:
            self.add_annotation(page)
        out = io.BytesIO()
        self.pdf.save(out, static_id=True)
        text_decides = self.has_text and self.scan < _LEAST_UNDER_TEXT
        decides = self.on_scan < 0.49 and not text_decides and "crop" not in self.said
        density = self.scan if decides else 0.0
        return RandomPage(out.getvalue(), max(self.least, self.scan), density, ", ".join(self.said))

    def add_scan(self) -> None:
        """An image as large as the page, in one piece or in strips."""
        density = self.rng.uniform(72, 200)
        width, height = (max(int(side * density / 72), 8) for side in self.size)
        pixels = self.picture(width, height)
        pieces = int(self.rng.choice([1, 1, 3]))
        edges = np.linspace(0, height, pieces + 1).astype(int)
        for top, bottom in itertools.pairwise(edges):
            name = self.name_of(self.stored(pixels[top:bottom], "rgb", "none"))
            low, high = self.size[1] * (1 - bottom / height), self.size[1] * (1 - top / height)
            self.content.append(
                f"q {self.size[0]:.4f} 0 0 {high - low:.4f} 0 {low:.4f} cm /{name} Do Q"
            )
        self.scan = 72 * max(width / self.size[0], height / self.size[1])
        self.said.append(f"scan in {pieces}")

    def add_image(self) -> None:
        rng = self.rng
        colors, mask = str(rng.choice(_COLORS)), str(rng.choice(_MASKS))
        if colors == "stencil":
            mask = "none"
        across, up = rng.uniform(0.2, 0.8, 2) * self.size
        density = rng.uniform(72, 220) * rng.uniform(0.9, 1.1, 2)
        left, low = rng.uniform(0, 1, 2) * (self.size - (across, up))
        turn = str(rng.choice(["upright", "upright", "mirrored", "quarter", "aslant"]))
        sides = (up, across) if turn == "quarter" else (across, up)
        width, height = (max(int(side / 72), 8) for side in sides * density)
        matrix = {
            "upright": (across, 0, 0, up, left, low),
            "mirrored": (-across, 0, 0, up, left + across, low),
            "quarter": (0, up, -across, 0, left + across, low),
            "aslant": (across * 0.8, up * 0.3, -across * 0.3, up * 0.8, left + across * 0.3, low),
        }[turn]
        before, hides = self.clip_or_layer(left, low, across, up)
        name = self.name_of(self.stored(self.picture(width, height), colors, mask))
        placed = " ".join(f"{number:.4f}" for number in matrix)
        self.content.append(f"q {before} 0.2 0.1 0.6 rg {placed} cm /{name} Do Q")
        if before.startswith("/OC"):
            self.content.append("EMC")
        self.said.append(" ".join([turn, colors, mask, hides]).strip())
        plain = mask == "none" and not hides and colors != "stencil" and turn != "aslant"
        share = across * up / (self.size[0] * self.size[1])
        self.on_scan += share
        self.has_text |= colors in ("bilevel", "stencil") or mask in ("soft", "hard")
        # One that is smaller may lie on others.
        if plain and share > (0.51 if self.scan or len(self.said) > 1 else 0.05):
            self.least = 72 * max(width / sides[0], height / sides[1])
        elif not hides.startswith("layer"):
            self.least = 0.0

    def clip_or_layer(self, left: float, low: float, across: float, up: float) -> tuple[str, str]:
        chance = self.rng.random()
        if chance < 0.15:
            part = self.rng.uniform(0.3, 0.8, 2) * (across, up)
            return f"{left:.3f} {low:.3f} {part[0]:.3f} {part[1]:.3f} re W n", "clipped"
        if chance < 0.3:
            name = f"L{len(self.resources.Properties)}"
            group = self.pdf.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String(name)))
            self.resources.Properties[f"/{name}"] = group
            off = self.rng.random() < 0.7
            layers = self.pdf.Root.get("/OCProperties")
            if layers is None:
                layers = Dictionary(OCGs=Array(), D=Dictionary(OFF=Array(), Order=Array()))
                self.pdf.Root.OCProperties = layers
                layers = self.pdf.Root.OCProperties
            layers.OCGs.append(group)
            if off:
                layers.D.OFF.append(group)
            return f"/OC /{name} BDC", "layer off" if off else "layer on"
        return "", ""

    def add_words_or_lines(self) -> None:
        rng = self.rng
        x, y = rng.uniform(0.1, 0.7, 2) * self.size
        kind = str(rng.choice(["words", "hidden words", "white words", "line", "see-through"]))
        if kind == "line":
            self.content.append(f"q 1 0 0 RG 3 w {x:.2f} {y:.2f} m {x + 30:.2f} {y + 20:.2f} l S Q")
        elif kind == "see-through":
            self.resources.ExtGState.G = Dictionary(ca=0.5)
            self.content.append(f"q /G gs 0 0.6 0 rg {x:.2f} {y:.2f} 40 25 re f Q")
        else:
            mode = 3 if kind == "hidden words" else 0
            gray = 1 if kind == "white words" else 0
            self.content.append(
                f"q {gray} g BT {mode} Tr /F 18 Tf {x:.2f} {y:.2f} Td (aaaaa) Tj ET Q"
            )
        self.said.append(kind)
        self.least = self.least if kind == "hidden words" else 0.0

    def font(self) -> pikepdf.Object:
        """A typeface whose every letter is a bar: readers put others in place of Helvetica."""
        bar = Stream(self.pdf, b"700 0 0 0 600 700 d1 60 0 480 700 re f")
        return self.pdf.make_indirect(
            Dictionary(
                Type=Name.Font, Subtype=Name.Type3, FontBBox=Array([0, 0, 600, 700]),
                FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]), CharProcs=Dictionary(bar=bar),
                Encoding=Dictionary(Type=Name.Encoding, Differences=Array([97, Name.bar])),
                FirstChar=97, LastChar=97, Widths=Array([700]), Resources=Dictionary(),
            )
        )  # fmt: skip

    def add_annotation(self, page: pikepdf.Page) -> None:
        drawn = Stream(self.pdf, b"0 0.4 0.9 rg 0 0 30 20 re f")
        drawn.Type, drawn.Subtype, drawn.BBox = Name.XObject, Name.Form, Array([0, 0, 30, 20])
        x, y = (float(number) for number in self.rng.uniform(0.1, 0.6, 2) * self.size)
        page.Annots = Array([
            self.pdf.make_indirect(
                Dictionary(
                    Type=Name.Annot, Subtype=Name.Stamp, F=4, Rect=Array([x, y, x + 30, y + 20]),
                    AP=Dictionary(N=drawn),
                )
            )
        ])  # fmt: skip
        self.said.append("stamp")
        self.least = 0.0

    def picture(self, width: int, height: int) -> np.ndarray:
        """Soft colors with a few dark bars: readers that resample differ little."""
        coarse = self.rng.integers(60, 256, (4, 4, 3)).astype(np.uint8)
        pixels = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
        for _ in range(3):
            x, y = self.rng.integers(0, [max(width - 24, 1), max(height - 12, 1)])
            pixels[y : y + 10, x : x + 22] //= 3
        return pixels

    def stored(self, pixels: np.ndarray, colors: str, mask: str) -> Stream:
        height, width = pixels.shape[:2]
        gray = np.ascontiguousarray(pixels[:, :, 1])
        data, space, bits, more = pixels.tobytes(), Name.DeviceRGB, 8, {}
        if colors == "gray":
            data, space = gray.tobytes(), Name.DeviceGray
        elif colors == "indexed":
            palette = np.stack([np.arange(256), 255 - np.arange(256), np.full(256, 90)], 1)
            data = gray.tobytes()
            space = Array([Name.Indexed, Name.DeviceRGB, 255, palette.astype(np.uint8).tobytes()])
        elif colors in ("bilevel", "stencil"):
            data, bits = np.packbits(gray > 128, axis=1).tobytes(), 1
            space = Name.DeviceGray
            more = {"ImageMask": True} if colors == "stencil" else {}
        elif colors.startswith("jpeg"):
            encoded = io.BytesIO()
            Image.fromarray(gray if colors == "jpeg gray" else pixels).save(encoded, "JPEG")
            data, more = encoded.getvalue(), {"Filter": Name.DCTDecode}
            space = Name.DeviceGray if colors == "jpeg gray" else Name.DeviceRGB
        elif colors == "separation":
            tint = Dictionary(FunctionType=2, Domain=[0, 1], C0=[1, 1, 1], C1=[0.8, 0, 0.1], N=1)
            data = gray.tobytes()
            space = Array([Name.Separation, Name.Spot, Name.DeviceRGB, tint])
        stream = Stream(self.pdf, data)
        stream.Type, stream.Subtype = Name.XObject, Name.Image
        stream.Width, stream.Height, stream.BitsPerComponent = width, height, bits
        if colors != "stencil":
            stream.ColorSpace = space
        for key, value in more.items():
            stream[f"/{key}"] = value
        if self.rng.random() < 0.15 and colors in ("gray", "rgb", "jpeg gray", "jpeg rgb"):
            stream.Decode = Array([1, 0] * (1 if "gray" in colors else 3))
            self.said.append("inverted")
        self.mask(stream, mask, width, height, colors)
        return stream

    def mask(self, stream: Stream, mask: str, width: int, height: int, colors: str) -> None:
        if mask == "color key" and colors in ("gray", "indexed"):
            stream.Mask = Array([0, 120])
        if mask not in ("soft", "hard"):
            return
        finer = int(self.rng.choice([1, 2]))
        ramp = np.tile(np.linspace(0, 255, width * finer), (height * finer, 1)).astype(np.uint8)
        if mask == "soft":
            own = Stream(self.pdf, ramp.tobytes())
            own.ColorSpace, own.BitsPerComponent = Name.DeviceGray, 8
        else:
            own = Stream(self.pdf, np.packbits(ramp > 128, axis=1).tobytes())
            own.ImageMask, own.BitsPerComponent = True, 1
        own.Type, own.Subtype = Name.XObject, Name.Image
        own.Width, own.Height = width * finer, height * finer
        stream["/SMask" if mask == "soft" else "/Mask"] = self.pdf.make_indirect(own)

    def name_of(self, stream: Stream) -> str:
        name = f"I{len(self.resources.XObject)}"
        self.resources.XObject[f"/{name}"] = self.pdf.make_indirect(stream)
        return name
