"""The page for C++ works as it is written: its program is built and run, with CMake and without."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from typer.main import get_command

from forensics_rt import Detector
from forensics_rt.cli.main import app
from tests.coefficient_bundles import coefficient_bundle
from tests.native.build import ROOT, SOURCES, built

PAGE = ROOT / "docs" / "how-to" / "native.md"
BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)


def shown(kind: str, containing: str = "") -> str:
    """Return the first block of a kind that contains a text."""
    blocks = BLOCK.finditer(PAGE.read_text(encoding="utf-8"))
    return next(b["code"] for b in blocks if b["kind"] == kind and containing in b["code"])


def run(code: str, folder: Path) -> str:
    """Run commands of the page; what it installs in the repository is installed already."""
    code = code.replace("$REPOSITORY/installed", str(built().installed))
    done = subprocess.run(
        ["bash", "-euc", code], cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"REPOSITORY": str(ROOT), "LD_LIBRARY_PATH": str(built().library.parent)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def program(tmp_path):
    """The two files of the page."""
    (tmp_path / "first.cpp").write_text(shown("cpp"), encoding="utf-8")
    (tmp_path / "CMakeLists.txt").write_text(shown("cmake"), encoding="utf-8")
    return tmp_path


def test_the_program_of_the_page_says_what_python_says(program, monkeypatch, capsys):
    printed = run(shown("sh", "-S . -B build -DCMAKE_PREFIX_PATH"), program)

    monkeypatch.chdir(ROOT)
    exec(shown("python"), {})
    score, verdict, regions = capsys.readouterr().out.split()
    told = re.search(r"^score ([\d.]+), (.*), (\d+) regions$", printed, re.MULTILINE)
    # stb_image decodes this JPEG otherwise than libjpeg-turbo, by a unit here and there.
    assert float(told[1]) == pytest.approx(float(score), abs=0.01)
    assert (told[2] == "forged", told[3]) == (verdict == "forged", regions)


@pytest.mark.skipif(shutil.which("pkg-config") is None, reason="needs pkg-config")
def test_pkg_config_builds_the_same_program(program):
    run(shown("sh", "export PKG_CONFIG_PATH"), program)

    assert (program / "first").is_file()


# What the page leaves to the reader: a file whose header is read, and the pixels of the image.
AROUND = """
#include <forensics_rt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>

static void open_jpeg(struct jpeg_decompress_struct *file, FILE *stream) {
  static struct jpeg_error_mgr errors;
  file->err = jpeg_std_error(&errors);
  jpeg_create_decompress(file);
  rewind(stream);
  jpeg_stdio_src(file, stream);
  jpeg_read_header(file, TRUE);
}

int main(int count, char **words) {
  FILE *stream = count == 3 ? fopen(words[2], "rb") : NULL;
  if (stream == NULL) return 2;
  struct jpeg_decompress_struct file;
  open_jpeg(&file, stream);
  file.out_color_space = JCS_RGB;
  jpeg_start_decompress(&file);
  const size_t row_bytes = (size_t)file.output_width * 3;
  unsigned char *rgb = malloc(row_bytes * file.output_height);
  while (file.output_scanline < file.output_height) {
    JSAMPROW to = rgb + file.output_scanline * row_bytes;
    jpeg_read_scanlines(&file, &to, 1);
  }
  frt_image image = FRT_IMAGE_INIT;
  image.pixels = rgb;
  image.width = (int32_t)file.output_width;
  image.height = (int32_t)file.output_height;
  jpeg_destroy_decompress(&file);
  open_jpeg(&file, stream);
  int16_t *blocks = malloc(sizeof(JBLOCK) * file.comp_info[0].width_in_blocks *
                           file.comp_info[0].height_in_blocks);
@SHOWN@
  frt_detector *detector = NULL;
  frt_result *result = NULL;
  frt_detection found = FRT_DETECTION_INIT;
  if (frt_open(words[1], NULL, &detector) != FRT_OK ||
      frt_detect(detector, &image, &result) != FRT_OK ||
      frt_result_get(result, &found) != FRT_OK) {
    fprintf(stderr, "%s\\n", frt_last_error());
    return 1;
  }
  fwrite(found.probability, sizeof(float), (size_t)found.width * (size_t)found.height, stdout);
  frt_result_free(result);
  frt_close(detector);
  jpeg_destroy_decompress(&file);
  free(blocks);
  free(rgb);
  fclose(stream);
  return 0;
}
"""


@pytest.mark.skipif(
    shutil.which("cc") is None or not Path("/usr/include/jpeglib.h").is_file(),
    reason="needs the headers of libjpeg: apt install libjpeg-dev",
)
def test_coefficients_that_libjpeg_reads_give_what_python_gives(tmp_path):
    bundle = coefficient_bundle(tmp_path / "bundle")
    page = ROOT / "docs" / "samples" / "invoice.jpg"
    program = AROUND.replace("@SHOWN@", shown("c", "jpeg_read_coefficients"))
    (tmp_path / "coefficients.c").write_text(program, encoding="utf-8")

    run(
        "cc -std=c99 -Wall -Wextra -Wpedantic -Werror -I$REPOSITORY/installed/include"
        " coefficients.c -o coefficients -L$REPOSITORY/installed/lib -lforensics_rt -ljpeg"
        f" && ./coefficients bundle {page} > map",
        tmp_path,
    )

    with Detector(bundle, "openvino", "balanced", precision="float32") as detector:
        expected = detector(page).probability
    found = np.fromfile(tmp_path / "map", np.float32).reshape(expected.shape)
    assert np.abs(found - expected).max() <= 1e-3


def test_what_the_page_calls_is_there():
    text = PAGE.read_text(encoding="utf-8")
    cmake = "".join(path.read_text(encoding="utf-8") for path in
                    (SOURCES / "CMakeLists.txt", *(SOURCES / "cmake").iterdir()))  # fmt: skip
    assert [name for name in re.findall(r"-D(FRT_\w+)", text) if name not in cmake] == []
    assert "native" in get_command(app).commands
    wrapper = (SOURCES / "include" / "forensics_rt.hpp").read_text(encoding="utf-8")
    methods = re.findall(r"found\.(\w+)\(", text)
    assert [name for name in methods if f"{name}() const" not in wrapper] == []


def test_the_reference_lists_every_function_and_status():
    text = (ROOT / "docs" / "reference" / "native.md").read_text(encoding="utf-8")
    header = (SOURCES / "include" / "forensics_rt.h").read_text(encoding="utf-8")

    functions = re.findall(r"^FRT_API [^(]*?(frt_\w+)\(", header, re.MULTILINE)
    after_ok = header.split("FRT_OK = 0")[1].split("};")[0]
    statuses = re.findall(r"^ +(FRT_[A-Z_]+) = \d+", after_ok, re.MULTILINE)
    assert len(functions) == 10 and len(statuses) == 12
    assert [name for name in (*functions, *statuses) if f"| `{name}` |" not in text] == []
