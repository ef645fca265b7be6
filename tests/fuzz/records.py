"""Files of text: manifests, recipes, calibrations, signatures, keys, graphs, results, lists."""

from __future__ import annotations

import atexit
import base64
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path, PurePath

import numpy as np
from PIL import Image

from forensics_rt import Detector
from forensics_rt.bundle.graph_contents import contents_of
from forensics_rt.bundle.manifest import MANIFEST_FILE
from forensics_rt.bundle.opening import EMBEDDED, parse_manifest
from forensics_rt.bundle.recipes import read_recipe
from forensics_rt.bundle.trust.encryption import FileCipher, read_key_file
from forensics_rt.bundle.trust.keys import read_keys
from forensics_rt.bundle.trust.signature import SIGNATURE_FILE, read_signatures
from forensics_rt.calibration.file import calibration_id, read_calibration
from forensics_rt.cli.earlier import EarlierResults
from forensics_rt.cli.stale_pages import remove_stale_pages
from forensics_rt.errors import ForensicsError
from forensics_rt.io.pairs import read_pairs
from forensics_rt.io.sources import Source
from forensics_rt.results.saving import beside, place_for
from forensics_rt.results.schema import in_todays_schema
from tests.bundles import brightness_graph, write_bundle
from tests.fuzz.target import Reader, Target

_RESULT_WORDS = (b'"provenance"', b'"regions"', b'"box"', b'"schema"', b'"page_report"')
_NUMBERS = (b"NaN", b"Infinity", b"1e999", b"-0", b"9" * 30, b"0x" + b"f" * 9, b"null", b"[[[[")
_RECIPES = (
    'tta = "flips"\noverlap = 24\n',
    'tile_sizes = [384, 512]\nwindow = "pyramid"\nthreshold = 0.5\nhigh_threshold = 0.9\n',
    'name = "mine"\nmembers = 2\nweights = [1.0, 0.5]\nmerge = "blend"\nexit_threshold = 0.1\n',
)
_LISTS = ("image,mask\na.png,b.png\n", "image;mask;group\na.png;;1\n", "image\tmask\na.png\t\n")


def _manifest() -> bytes:
    return (EMBEDDED / "fast" / MANIFEST_FILE).read_bytes()


def _words(*texts: bytes) -> tuple[bytes, ...]:
    return (*sorted(set(re.findall(rb'"\w{2,30}"', b" ".join(texts)))), *_NUMBERS)


def _calibrations() -> Iterator[bytes]:
    for folder in sorted(EMBEDDED.iterdir()):
        found = json.loads((folder / MANIFEST_FILE).read_bytes()).get("calibration")
        if found:
            yield json.dumps(found).encode()


def _file_reader(name: str, use: Callable[[Path], object]) -> Callable[[Path], Reader]:
    def open_(folder: Path) -> Reader:
        file = folder / name

        def read(data: bytes) -> None:
            file.write_bytes(data)
            use(file)

        return read

    return open_


def _open_manifest(folder: Path) -> Reader:
    def read(data: bytes) -> None:
        found = parse_manifest(data, "manifest.json")
        (found.networks_id, found.tile_sides, found.decision_threshold, found.files())

    return read


def _open_graph(folder: Path) -> Reader:
    def read(data: bytes) -> None:
        contents_of(data, "graph.onnx")

    return read


def _open_encrypted(folder: Path) -> Reader:
    cipher = FileCipher(bytes(32))

    def read(data: bytes) -> None:
        cipher.decrypt(data, "a.onnx")

    return read


@cache
def _result_folder() -> tuple[Detector, Path]:
    """Return a detector, and a folder with an image and its result: the same for one process."""
    folder = Path(tempfile.mkdtemp(prefix="forensics_rt-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    detector = Detector(write_bundle(folder / "bundle", [brightness_graph()]), backend="numpy")
    Image.fromarray(np.full((9, 9, 3), 200, np.uint8)).save(folder / "page.png")
    detector(folder / "page.png").save(folder / "out", "page", overlay=False)
    return detector, folder


def _open_results(folder: Path) -> Reader:
    """Read a result as `--resume` does, and as what looks for results of other files."""
    detector, place = _result_folder()
    image, out = place / "page.png", place / "out"
    earlier, source = EarlierResults(detector, out, overlay=False), Source(image, PurePath("page"))
    others, provenance = [Source(image, PurePath("page2"))], detector(image).provenance
    result = beside(out / "page", ".json")

    def read(data: bytes) -> None:
        result.write_bytes(data)
        earlier.find(source)
        remove_stale_pages(out, others, {PurePath("page"): image})
        place_for(out, None, str(image), provenance)
        for line in data.splitlines():
            try:
                in_todays_schema(json.loads(line))
            except (ValueError, RecursionError):  # not of this reader
                continue

    return read


def _results() -> Iterator[bytes]:
    _, place = _result_folder()
    told = beside(place / "out" / "page", ".json").read_bytes()
    yield told
    document = json.loads(told)
    yield json.dumps({**document, "schema": 1, "verdict": "untouched"}).encode()


def _signatures() -> Iterator[bytes]:
    one = {"key_id": "0" * 16, "algorithm": "Ed25519",
           "signature": base64.b64encode(bytes(64)).decode()}  # fmt: skip
    yield json.dumps({"format": 1, "signatures": [one]}).encode()


def _keys() -> Iterable[bytes]:
    der = base64.b64encode(bytes.fromhex("302a300506032b6570032100") + bytes(32)).decode()
    yield f"-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n".encode()
    yield b"0" * 64 + b"\n"


def _use_keys(file: Path) -> None:
    for use in (read_key_file, lambda one: read_keys([one])):
        try:
            use(file)
        except ForensicsError:
            continue


def _graphs() -> Iterable[bytes]:
    yield brightness_graph().SerializeToString()


RECORDS = (
    Target("manifest", _open_manifest, lambda: [_manifest()], _words(_manifest()), json=True),
    Target("recipe", _file_reader("mine.toml", read_recipe),
           lambda: [one.encode() for one in _RECIPES],
           (*(f"{key} = ".encode() for key in ("tta", "overlap", "window", "weights", "merge")),
            *(b'"flips"', b"'''", b"[[", b"]]", b"{", b"}", b"inf", b"nan", *_NUMBERS))),
    Target("calibration", _file_reader("a.json", lambda one: calibration_id(read_calibration(one))),
           _calibrations, _words(*_calibrations()), json=True),
    Target("results", _open_results, _results, _RESULT_WORDS, json=True),
    Target("signatures", _file_reader(SIGNATURE_FILE, lambda one: read_signatures(one.parent)),
           _signatures, _words(*_signatures()), json=True),
    Target("keys", _file_reader("a.pub", _use_keys), _keys),
    Target("encrypted", _open_encrypted, lambda: [FileCipher(bytes(32)).encrypt(b"a", "a.onnx")]),
    Target("graph", _open_graph, _graphs),
    Target("labels-csv", _file_reader("list.csv", read_pairs),
           lambda: [one.encode() for one in _LISTS]),
    Target("labels-json", _file_reader("list.json", read_pairs),
           lambda: [b'[{"image": "a.png", "mask": "b.png", "group": "1"}]'], json=True),
)  # fmt: skip
