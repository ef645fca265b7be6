"""`forensics-rt detect` as a user runs it: in a process of its own."""

import json
import os
import re
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from forensics_rt.cli.main import app
from forensics_rt.errors import OutputError
from tests.io.images import animation, bomb, broken_png, encode, noise, tiff_of_pages

RUN_FILES = {"results.jsonl", "summary.json"}


@pytest.fixture
def run(bundle, tmp_path, monkeypatch):
    """Run `forensics-rt detect` with the tiny bundle inside a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def start(*arguments, stdin=None):
        words = ["detect", *map(str, arguments), "--bundle", str(bundle.path)]
        return CliRunner().invoke(app, [*words, "--backend", "numpy"], input=stdin)

    return start


@pytest.fixture
def scans(tmp_path):
    folder = tmp_path / "scans"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.png", "b.png", "deep/a.png"):
        cv2.imwrite(str(folder / name), noise())
    return folder


def test_a_folder_gives_a_table_and_files(run, scans, tmp_path):
    done = run(scans, "--out", "results")

    assert done.exit_code == 0
    assert "3 of 3 images done; numpy on cpu (fp32), recipe balanced" in done.stdout
    written = {
        path.relative_to(tmp_path / "results").as_posix()
        for path in (tmp_path / "results").rglob("*")
        if path.is_file()
    }
    assert (
        written
        == {
            f"{name}.{kind}"
            for name in ("a.png", "b.png", "deep/a.png")
            for kind in ("probability.png", "mask.png", "overlay.jpg", "json")
        }
        | RUN_FILES
    )


def test_a_batch_goes_on_past_every_kind_of_bad_input_and_exits_with_1(run, scans, tmp_path):
    bad = {
        "empty.jpg": b"",
        "text.jpg": b"hello",
        "cut.jpg": encode("JPEG")[:-50],
        "chunk.png": broken_png(b"IDAT"),
        "bomb.png": bomb(),
    }
    for name, data in bad.items():
        (scans / name).write_bytes(data)

    done = run(scans, "missing.jpg", "--json")

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert len(lines) == 9
    listed = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").open()]
    failures = [line for line in lines if "error" in line]
    assert failures == [line for line in listed if "error" in line], "one shape for both"
    assert {line["schema"] for line in [*lines, *listed]} == {2}
    assert {line["error_type"] for line in failures} == {
        "ImageNotFound",
        "ImageTooLarge",
        "ImageUnreadable",
    }
    failed = {os.path.basename(line["image"]): line["error"] for line in failures}
    assert failed.keys() == bad.keys() | {"missing.jpg"}
    for name, cause in {
        "empty.jpg": "the file is empty",
        "text.jpg": "not an image in a known format",
        "cut.jpg": "truncated or damaged",
        "chunk.png": "checksum of PNG chunk IDAT",
        "bomb.png": "the limit is 200.0 Mpx",
        "missing.jpg": "no such file",
    }.items():
        assert name in failed[name] and cause in failed[name]
    assert sum("score" in line for line in lines) == 3


def test_what_a_folder_holds_that_was_not_examined_is_said_and_summed_up(run, scans, tmp_path):
    for name in ("page.docx", "page.DOCX", "notes.txt"):
        (scans / name).touch()

    done = run(scans)

    assert "passed over, not examined: 2 .docx, 1 .txt" in done.stdout.splitlines()
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["passed_over"] == {".docx": 2, ".txt": 1}
    assert "passed over" not in run(scans / "a.png").stdout
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["passed_over"] == {}


@pytest.mark.parametrize("kind", ["tif", "pdf"])
def test_every_page_of_a_file_is_an_image_with_results_of_its_own(run, scans, tmp_path, kind):
    pages = [Image.fromarray(page) for page in (noise(), 255 - noise())]
    fax = scans / "deep" / f"fax.{kind}"
    if kind == "pdf":
        pages[0].save(fax, save_all=True, append_images=pages[1:], quality=95)
    else:
        fax.write_bytes(tiff_of_pages(*pages))

    done = run(scans)

    assert "5 of 5 images done" in done.stdout and "only the first" not in done.stdout
    lines = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").open()]
    assert [(line["results"], line["page"], line["frames"]) for line in lines][3:] == [
        (f"deep/fax.{kind}-page1", 1, 2),
        (f"deep/fax.{kind}-page2", 2, 2),
    ]
    maps = [tmp_path / "out" / "deep" / f"fax.{kind}-page{n}.probability.png" for n in (1, 2)]
    first, second = (cv2.imread(str(path), cv2.IMREAD_UNCHANGED).astype(int) for path in maps)
    assert np.abs(first + second - 65535).mean() < 400, (
        "the tiny bundle tells how bright a pixel is"
    )

    again = run(scans, "--resume")
    assert again.stdout.count("done before") == 5


def test_a_result_of_a_whole_file_is_not_that_of_its_first_page(run, scans, tmp_path):
    pages = [Image.fromarray(page) for page in (noise(), 255 - noise())]
    (scans / "fax.tif").write_bytes(tiff_of_pages(*pages))
    run(scans)
    file = tmp_path / "out" / "fax.tif-page1.json"
    file.write_text(file.read_text().replace('"page": 1', '"page": 2'))

    assert run(scans, "--resume").stdout.count("done before") == 4


def test_of_pages_that_are_no_more_no_result_stays(run, scans, tmp_path):
    pages = [Image.fromarray(page) for page in (noise(), 255 - noise(), noise())]
    fax, out = scans / "deep" / "fax.tif", tmp_path / "out" / "deep"
    other = out / "another.tif-page7.json"

    def results():
        return sorted(path.name for path in out.glob("*.json"))

    fax.write_bytes(tiff_of_pages(*pages))
    run(scans)
    other.write_text("{}")
    fax.write_bytes(tiff_of_pages(*pages[:2]))
    run(scans, "--resume")
    of_two = ["a.png.json", other.name, "fax.tif-page1.json", "fax.tif-page2.json"]
    assert results() == of_two, "and what belongs to no image of this run is left alone"
    assert not list(out.glob("fax.tif-page3*"))

    fax.write_bytes(tiff_of_pages(pages[0]))
    run(scans, "--resume")
    assert results() == ["a.png.json", other.name, "fax.tif.json"]

    fax.write_bytes(tiff_of_pages(*pages[:2]))
    run(scans)
    assert results() == of_two

    fax.write_bytes(fax.read_bytes()[:60])
    assert run(scans, "--resume").exit_code == 1
    assert results() == ["a.png.json", other.name]


def test_a_resumed_image_is_called_as_it_is_now(run, scans, tmp_path):
    run(scans)
    scans.rename(tmp_path / "tonight")
    done = run("tonight", "--resume")
    lines = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").open()]
    assert done.stdout.count("done before") == 3
    assert [line["image"] for line in lines] == [
        f"tonight/{name}" for name in ("a.png", "b.png", "deep/a.png")
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="it has no named pipes in folders")
def test_a_named_pipe_is_read_once(run, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    data = encode("PNG")
    threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(data,), daemon=True).start()
    assert "1 of 1 images done" in run("pipe").stdout
    threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(data,), daemon=True).start()
    assert "done before" not in run("pipe", "--resume").stdout, "what is in it nobody knows before"


def test_of_an_animation_it_is_said_that_only_the_first_frame_was_examined(run, scans):
    (scans / "moves.gif").write_bytes(animation("GIF"))

    done = run(scans)

    assert "files of several frames: 1; only the first was examined" in done.stdout
    lines = (scans.parent / "out" / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["frames"] for line in lines] == [1, 1, 1, 2]


def test_standard_input_is_an_image(run, tmp_path):
    done = run("-", "--json", "--no-overlay", stdin=encode("PNG"))

    document = json.loads(done.stdout)
    assert done.exit_code == 0 and (document["width"], document["height"]) == (60, 40)
    assert set(os.listdir(tmp_path / "out")) - RUN_FILES == {
        "stdin.json",
        "stdin.mask.png",
        "stdin.probability.png",
    }


def test_resume_skips_what_is_done_and_repeats_what_changed(run, scans, tmp_path):
    run(scans)
    first = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.png.json")}
    cv2.imwrite(str(scans / "b.png"), 255 - noise())
    (tmp_path / "out" / "deep" / "a.png.json").unlink()

    done = run(scans, "--resume")

    assert done.exit_code == 0 and done.stdout.count("done before") == 1
    again = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.png.json")}
    untouched = [path.name for path in first if again.get(path) == first[path]]
    assert untouched == ["a.png.json"] and again.keys() == first.keys()


def test_a_second_run_does_not_take_results_for_images(run, scans, tmp_path):
    run(".")
    again = run(".")

    assert "3 of 3 images done" in again.stdout


def test_nothing_of_an_earlier_run_is_left_beside_a_new_result(run, scans, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png.uncertainty.png").write_bytes(b"old")

    run(scans / "a.png", "--no-overlay")

    assert set(os.listdir(tmp_path / "out")) - RUN_FILES == {
        "a.png.json",
        "a.png.mask.png",
        "a.png.probability.png",
    }


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        (r".*", "[]"),
        (r".*", "{}"),
        (r".*", "[" * 100_000),
        (r'"regions": .*?\n  \]', '"regions": [{}]'),
        (r'"regions": .*?\n  \]', '"regions": 5'),
        (r'"score": [^,]*', '"score": "high"'),
        (r'"raw_score": [^,]*', '"raw_score": NaN'),
        (r'"forged_share": [^,]*', '"forged_share": null'),
        (r'"image_format": [^,]*', '"image_format": []'),
        (r'"frames": [^,]*', '"frames": "two"'),
    ],
)
def test_resume_is_not_upset_by_a_strange_file(run, scans, tmp_path, there, instead):
    run(scans)
    file = tmp_path / "out" / "a.png.json"
    text, changed = re.subn(there, instead, file.read_text(), count=1, flags=re.DOTALL)
    file.write_text(text)

    again = run(scans, "--resume")
    assert changed and again.exit_code == 0
    assert again.stdout.count("done before") == 2, "what cannot be read is computed"


def test_resume_repeats_under_another_threshold_and_after_a_cut_off_run(run, scans, tmp_path):
    run(scans)
    (tmp_path / "out" / "a.png.json").write_text('{"name": ')

    assert run(scans, "--resume").stdout.count("done before") == 2
    assert run(scans, "--resume", "--threshold", "0.9").stdout.count("done before") == 0


def test_resume_takes_results_of_before_schemas_and_repeats_those_of_a_later_one(
    run, scans, tmp_path
):
    run(scans)
    for name, there in {"a": "", "b": '"schema": 3,'}.items():
        file = tmp_path / "out" / f"{name}.png.json"
        file.write_text(file.read_text().replace('"schema": 2,', there, 1))

    again = run(scans, "--resume", "--json")

    assert [json.loads(line)["schema"] for line in again.stdout.splitlines()] == [2, 2, 2]
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["done_before"] == 2 and summary["schema"] == 2


@pytest.mark.parametrize("lost", ["probability.png", "mask.png", "overlay.jpg"])
def test_resume_repeats_what_lacks_a_picture(run, scans, tmp_path, lost):
    run(scans)
    picture = tmp_path / "out" / f"a.png.{lost}"
    for lose in (picture.unlink, partial(picture.write_bytes, b"")):
        lose()
        assert run(scans, "--resume").stdout.count("done before") == 2
        assert picture.stat().st_size


def test_without_overlays_none_is_missed_and_none_is_promised(run, scans, tmp_path):
    run(scans, "--no-overlay")
    again = run(scans, "--no-overlay", "--resume")

    assert again.stdout.count("done before") == 3
    assert "maps, masks and JSON are in out" in again.stdout


def test_a_name_that_is_not_utf_8_and_one_that_is_long_are_listed_like_others(run, scans):
    data = cv2.imencode(".png", noise())[1].tobytes()
    for name in (b"\xb7\xa2\xc6\xb1.png", b"\xb7.png", b"n" * 225 + b".png"):
        with open(os.path.join(os.fsencode(scans), name), "wb") as stream:
            stream.write(b"" if name == b"\xb7.png" else data)

    done = run(scans)

    assert done.exit_code == 1, "one is empty"
    lines = (scans.parent / "out" / "results.jsonl").read_text("utf-8").splitlines()
    named = {json.loads(line)["results"]: json.loads(line) for line in lines}
    assert len(named) == 6 and "error" in named[r"\xb7.png"]
    assert sum("error" not in line for line in named.values()) == 5


def test_names_too_long_for_the_system_or_for_results_fail_alone(run, scans):
    (scans / ("n" * 250 + ".png")).write_bytes(encode("PNG"))

    done = run(scans, "m" * 300 + ".png")

    assert done.exit_code == 1 and "3 of 5 images done" in done.output
    assert "cannot be written: File name too long; rename the image" in done.output
    assert "cannot be opened: File name too long" in done.output


def test_control_characters_of_a_name_reach_neither_the_table_nor_a_failure(run, scans):
    (scans / "\x1b[31ma.png").write_bytes(encode("PNG"))
    (scans / "\x1b[31mb.png").write_bytes(b"")

    done = run(scans)

    assert "\x1b" not in done.output
    assert r"\x1b[31ma.png" in done.output and r"\x1b[31mb.png: the file is empty" in done.output


def test_the_threshold_decides_the_mask(run, scans, tmp_path):
    run(scans / "a.png", "--threshold", "0.99")

    assert not cv2.imread(str(tmp_path / "out" / "a.png.mask.png"), 0).any()
    assert cv2.imread(str(tmp_path / "out" / "a.png.probability.png"), -1).dtype == np.uint16


def test_an_output_folder_that_cannot_be_written_is_found_out_before_the_work(run, scans, tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")

    done = run(scans, "--out", "taken")

    assert isinstance(done.exception, OutputError)
    assert "cannot be written" in str(done.exception) and done.stdout == ""


def test_a_result_that_cannot_be_written_fails_its_image_alone(run, scans, tmp_path):
    (tmp_path / "out" / "b.png.mask.png").mkdir(parents=True)

    done = run(scans, "--json")

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert ["error" in line for line in lines] == [False, True, False]
    assert "b.png.mask.png: cannot be removed: Is a directory" in lines[1]["error"]
    assert lines[1]["error_type"] == "OutputError"


def test_in_a_pipe_a_failure_is_one_line(run, tmp_path, monkeypatch):
    monkeypatch.delenv("COLUMNS")
    name = f"{'long' * 30}.png"
    (tmp_path / name).write_bytes(b"")

    assert f"failed  {name}: the file is empty" in run(name).stdout.splitlines()


@pytest.mark.parametrize("verbose", [[], ["--verbose"]])
def test_what_was_cleared_away_is_told_to_those_who_ask(bundle, tmp_path, verbose):
    cv2.imwrite(str(tmp_path / "a.png"), noise())
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / f".{'0' * 32}.part").touch()
    (tmp_path / "out" / "a.png-page2.json").touch()
    command = [sys.executable, "-m", "forensics_rt", "detect", "a.png", "--backend", "numpy"]

    done = subprocess.run(
        [*command, "--bundle", str(bundle.path), *verbose],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )

    assert done.returncode == 0
    assert done.stderr.splitlines() == (
        verbose
        and [
            "out: removed 1 half-written files of a run that was cut off",
            "out: removed results of pages and attachments that no longer exist: a.png-page2",
        ]
    )


def test_in_a_log_an_error_is_one_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "forensics_rt", "detect", "x.png", "--bundle", "nowhere" * 20],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )

    (line,) = done.stderr.splitlines()
    assert line.startswith("error: nowhere") and done.returncode == 2


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "ascii", "utf-8"])
def test_a_name_that_the_terminal_cannot_show_is_escaped_and_json_stays_json(
    bundle, tmp_path, encoding
):
    name = "ünï 中文 😀.png"
    cv2.imencode(".png", noise())[1].tofile(tmp_path / name)

    def start(*words):
        command = [sys.executable, "-m", "forensics_rt", "detect", name, *words]
        return subprocess.run(
            [*command, "--bundle", str(bundle.path), "--backend", "numpy"],
            capture_output=True,
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONIOENCODING": encoding,
                "COLUMNS": "200",
                "PYTHONPATH": os.getcwd(),
            },
        )

    table, printed = start(), start("--json")

    assert (table.returncode, table.stderr) == (0, b"")
    assert (name.encode(encoding, "backslashreplace")) in table.stdout
    assert json.loads(printed.stdout.decode(encoding))["name"] == name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x.png", "--recipe", "best"], "no recipe named 'best'; there are: balanced, fast"),
        (["x.png", "--backend", "tpu"], "no backend named 'tpu'; there are: auto, openvino"),
        (["x.png", "--bundle", "nowhere"], "nowhere: no bundle here"),
        (["x.png", "--threshold", "2"], "threshold must lie between 0 and 1"),
        (["x.png", "--max-pixels", "0"], "Invalid value for '--max-pixels'"),
        (["--nonsense"], "No such option"),
        ([], "Missing argument"),
        (["."], "no images in ."),
    ],
)
def test_misuse_exits_with_2_and_says_what_would_do(arguments, message, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "forensics_rt", "detect", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "300", "PYTHONPATH": os.getcwd()},
    )

    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


DAMAGED = Path(__file__).parents[1] / "data" / "damage"


def test_a_damaged_image_is_refused_or_examined_as_asked_and_resuming_heeds_it(
    run, scans, tmp_path
):
    (scans / "cut.jpg").write_bytes((DAMAGED / "jpeg-without-its-last-two-bytes.jpg").read_bytes())
    file = tmp_path / "out" / "cut.jpg.json"

    refused = run(scans, "--json")
    assert refused.exit_code == 1 and "Premature end of JPEG file" in refused.stdout
    assert "--damaged examine" in refused.stdout and not file.exists()

    examined = run(scans, "--damaged", "examine", "--resume")
    said = json.loads(file.read_text())["provenance"]["conversions"]
    assert examined.exit_code == 0 and said == ["damaged: Premature end of JPEG file"]

    assert "4 of 4 images done" in run(scans, "--damaged", "examine", "--resume").stdout
    again = run(scans, "--resume")
    assert again.exit_code == 1 and not file.exists(), "a refused image keeps no result"


def test_a_damaged_page_is_one_error_and_the_others_have_results(run, tmp_path):
    name = "tiff-4-pages-third-directory-damaged.tif"
    done = run(DAMAGED / name)

    assert done.exit_code == 1
    written = sorted(file.name for file in (tmp_path / "out").glob("*.probability.png"))
    assert written == [f"{name}-page{number}.probability.png" for number in (1, 2, 4)]


def test_the_overlay_of_pixels_that_are_not_square_is_stretched(run, tmp_path):
    run(DAMAGED / "tiff-fax-204x98.tif")
    base = tmp_path / "out" / "tiff-fax-204x98.tif"

    assert cv2.imread(f"{base}.overlay.jpg").shape[:2] == (266, 384)
    assert cv2.imread(f"{base}.mask.png").shape[:2] == (128, 384)
    document = json.loads(Path(f"{base}.json").read_text())
    assert document["provenance"]["density"] == [204.0, 98.0]
