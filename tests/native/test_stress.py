"""As a service uses it: many threads and requests, by native/tools/stress.cpp, and sanitizers."""

import json
import os
import random
import shutil
import subprocess

import pytest

from forensics_rt.system.kept_files import KeptFiles
from tests.bundles import stand_in_graph, write_bundle
from tests.counts import count, needs_full
from tests.native.build import built
from tests.native.test_damage import MUTATIONS, changed

# Lines for the messages. To optimize takes the compiler longer than it saves.
SANITIZED = ("CMAKE_CXX_FLAGS=-O0 -g1", "FRT_EXAMPLES=OFF", "FRT_FUZZ=ON")
TARGETS = {
    "address,undefined": ("stress", "fuzz_manifest", "fuzz_image", "fuzz_kept"),
    "thread": ("stress",),
}
# What OpenVINO and TBB do among themselves is not seen, as they were built without the sanitizer.
OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "ignore_noninstrumented_modules=1",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stress")
    write_bundle(folder / "bundle", [stand_in_graph(fold) for fold in range(2)])
    return folder


def stress(program, folder, *numbers):
    """Run the tool and return what it says."""
    done = subprocess.run(
        [program, folder / "bundle", *map(str, numbers)], capture_output=True, text=True,
        check=False, env=os.environ | OPTIONS | {"FORENSICS_RT_CACHE": str(folder / "cache")},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_thousands_of_requests_hold_no_more_than_a_few(folder):
    program = built().program("stress")
    stress(program, folder, 4, 10, 2)  # graphs are compiled and measured, and kept
    said = stress(program, folder, 4, count(500, 2500), 20)

    assert (said["requests"], said["different"]) == (count(2000, 10_000), 0)
    before, after = said["before"], said["after"]
    assert (after["files"], after["threads"]) == (before["files"], before["threads"])
    assert after["kib"] - before["kib"] < 12_000  # less than 1.2 KiB a request


def sanitized(sanitizer):
    return built(*SANITIZED, f"FRT_SANITIZE={sanitizer}", targets=TARGETS[sanitizer])


@needs_full
@pytest.mark.parametrize("sanitizer", TARGETS)
def test_sanitizers_find_nothing(folder, sanitizer):
    program = sanitized(sanitizer).program("stress")

    # What is compiled is kept by the first, and imported by the second.
    for _ in range(2):
        assert stress(program, folder, 8, 40, 3)["different"] == 0


@needs_full
def test_sanitizers_find_nothing_in_what_fuzzers_would_give(folder):
    """The targets of native/fuzz, which run for minutes in native/check.sh, on seeded inputs."""
    build = sanitized("address,undefined")
    seeded = random.Random(22)
    document = json.loads((folder / "bundle" / "manifest.json").read_text(encoding="utf-8"))
    KeptFiles(folder, 10_000).write("kept-file", "what it is", bytes(range(256)))
    kept = (folder / "kept-file").read_bytes()
    for target in ("manifest", "image", "kept"):
        inputs = folder / target
        shutil.rmtree(inputs, ignore_errors=True)
        inputs.mkdir()
        for number in range(MUTATIONS):
            content = changed(seeded, document)[1].encode()
            if target == "image":
                content = seeded.randbytes(seeded.randint(0, 64))
            if target == "kept":
                place = seeded.randrange(len(kept))
                content = kept[:place] + seeded.randbytes(seeded.randint(0, 3)) + kept[place:]
            (inputs / f"{number:03}").write_bytes(content)
        done = subprocess.run(
            [build.program(f"fuzz_{target}"), *sorted(inputs.iterdir())], capture_output=True,
            text=True, check=False, env=os.environ | OPTIONS,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, f"{MUTATIONS} inputs\n"), done.stderr
