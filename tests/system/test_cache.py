"""What is kept for this machine alone lies where the user says, or else where caches lie."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from forensics_rt import Detector
from forensics_rt.backends import openvino
from forensics_rt.bundle.engines.cache import cache_folder_of, cached_engine
from forensics_rt.cuda import compile as compiler
from forensics_rt.system import cache
from forensics_rt.system.cache import cache_folder
from tests.bundle.engines.records import L4, engine_record
from tests.bundles import brightness_graph, golden, write_bundle
from tests.conftest import set_speeds

pwd = pytest.importorskip("pwd", reason="users of POSIX")


def test_the_cache_lies_where_the_user_says_or_the_system_does(monkeypatch, tmp_path):
    monkeypatch.setenv("FORENSICS_RT_CACHE", str(tmp_path))
    assert cache_folder("cuda") == tmp_path / "cuda"

    monkeypatch.delenv("FORENSICS_RT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder("cuda") == tmp_path / "xdg" / "forensics_rt" / "cuda"

    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder("cuda") == Path.home() / ".cache" / "forensics_rt" / "cuda"


def test_a_folder_that_is_not_absolute_is_no_cache(monkeypatch):
    monkeypatch.delenv("FORENSICS_RT_CACHE")
    monkeypatch.setattr(cache, "user_cache_path", lambda *_, **__: Path("~/.cache/forensics_rt"))

    assert cache_folder("cuda") is None


def without_an_entry(number):
    raise KeyError(f"getpwuid(): uid not found: {number}")


@pytest.fixture
def homeless(monkeypatch):
    """A user without HOME, without an entry in the list of users, without a cache."""
    for name in ("HOME", "FORENSICS_RT_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", without_an_entry)
    cache._warn_of_no_home.cache_clear()


def test_without_a_home_images_are_examined_with_one_warning(
    homeless, monkeypatch, tmp_path, page, caplog
):
    bundle = write_bundle(tmp_path, [brightness_graph()], goldens=[golden()])
    monkeypatch.setattr(openvino, "formats_here", lambda core, bundle: {"bf16": None})
    set_speeds(monkeypatch, bf16=2.0)
    for _ in range(2):
        with Detector(bundle, "openvino") as detector:
            assert detector.capabilities.precision == "bf16"
            assert detector(page).regions

    (warning,) = caplog.messages
    assert "no home folder" in warning and "FORENSICS_RT_CACHE" in warning


def test_without_a_home_no_engine_is_looked_for(homeless):
    assert cache_folder_of(engine_record(), L4) is None
    assert cached_engine(engine_record(), L4) is None


def test_without_a_home_kernels_are_compiled_and_not_kept(homeless, monkeypatch):
    monkeypatch.setattr(compiler, "compiler_version", lambda: "13.0")
    monkeypatch.setattr(compiler, "compile_kernels", lambda architecture: b"compiled")

    assert compiler.load_cubin("sm_90") == b"compiled"


def test_the_command_runs_without_a_home(bundle, page, tmp_path):
    Image.fromarray(page).save(tmp_path / "page.png")
    script = (
        "import pwd\n"
        "def missing(number): raise KeyError(number)\n"
        "pwd.getpwuid = missing\n"
        "from forensics_rt.cli.main import main; main()"
    )
    words = ["detect", "page.png", "--bundle", str(bundle.path), "--out", "out"]
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("no home folder") == 1 and "Traceback" not in done.stderr
    assert (tmp_path / "out/page.png.json").exists()
