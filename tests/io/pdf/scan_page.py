"""A page that shows a scan, with whatever a test lays over, under or beside it (by pikepdf)."""

from __future__ import annotations

import io

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Stream

from tests.io.images import noise


class ScanPage:
    """A page of 120 × 90 units and a scan of 200 × 150 samples.

    Attributes:
        pdf: The file.
        page: Its only page.
        scan: Samples of the scan: H×W×3 uint8.
        resources: Of the page.
        content: The instructions that paint it, in order.
    """

    def __init__(self, shown: bool = True) -> None:
        self.pdf = pikepdf.new()
        self.page = self.pdf.add_blank_page(page_size=(120, 90))
        self.scan = noise(150, 200)
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        self.resources = Dictionary(
            XObject=Dictionary(), ExtGState=Dictionary(), Properties=Dictionary(),
            Font=Dictionary(F=font),
        )  # fmt: skip
        self.content: list[str] = []
        if shown:
            self.show(self.image(self.scan), 0, 0, 120, 90)

    def image(self, pixels: np.ndarray, data: bytes | None = None, **keys: object) -> str:
        """Store an image, and return its name."""
        stream = Stream(self.pdf, pixels.tobytes() if data is None else data)
        stream.Type, stream.Subtype, stream.BitsPerComponent = Name.XObject, Name.Image, 8
        stream.Height, stream.Width = pixels.shape[:2]
        stream.ColorSpace = Name.DeviceRGB if pixels.ndim == 3 else Name.DeviceGray
        return self._store(stream, keys)

    def form(self, content: str, **keys: object) -> str:
        """Store a form, and return its name."""
        return self._store(self.drawn(content, (0, 0, 120, 90)), keys)

    def drawn(self, content: str, box: tuple[float, ...]) -> Stream:
        """Make what a form or an annotation paints."""
        stream = Stream(self.pdf, content.encode())
        stream.Type, stream.Subtype, stream.BBox = Name.XObject, Name.Form, Array(list(box))
        stream.Resources = self.resources
        return stream

    def show(self, name: str, x: float, y: float, across: float, up: float) -> None:
        """Paint an image."""
        self.content.append(f"q {across} 0 0 {up} {x} {y} cm /{name} Do Q")

    def annotate(self, content: str = "1 0 0 rg 0 0 30 20 re f", **keys: object) -> Object:
        """Lay an annotation of 30 × 20 units onto the page, 40 units from left and bottom."""
        keys = {"Subtype": Name.Stamp, "F": 4, "Rect": Array([40, 40, 70, 60]), **keys}
        appearance = Dictionary(N=self.pdf.make_indirect(self.drawn(content, (0, 0, 30, 20))))
        note = self.pdf.make_indirect(Dictionary(Type=Name.Annot, AP=appearance, **keys))
        self.page.obj.Annots = Array([*self.page.obj.get("/Annots", []), note])
        return note

    def layer(self, off: bool = True, **keys: object) -> Object:
        """Make a layer that is on or off."""
        layer = self.pdf.make_indirect(Dictionary(Type=Name.OCG, Name="layer", **keys))
        if "/OCProperties" not in self.pdf.Root:
            self.pdf.Root.OCProperties = Dictionary(OCGs=Array(), D=Dictionary(OFF=Array()))
        self.pdf.Root.OCProperties.OCGs.append(layer)
        if off:
            self.pdf.Root.OCProperties.D.OFF.append(layer)
        return layer

    def save(self) -> bytes:
        """Return the file."""
        self.page.obj.Resources = self.resources
        self.page.obj.Contents = Stream(self.pdf, "\n".join(self.content).encode())
        file = io.BytesIO()
        self.pdf.save(file)
        return file.getvalue()

    def _store(self, stream: Stream, keys: dict[str, object]) -> str:
        for key, value in keys.items():
            stream[f"/{key}"] = value
        name = f"X{len(self.resources.XObject)}"
        self.resources.XObject[f"/{name}"] = self.pdf.make_indirect(stream)
        return name
