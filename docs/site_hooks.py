"""Files outside `docs` that a page links to become part of the site, with what they link to.

A link such as `../../CONTRIBUTING.md` then works in the repository and on the site alike. Where a
link to a program is a paragraph of its own, the site shows the program.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_ROOT = Path(__file__).parents[1]
_OUTSIDE = "project/"
_PROGRAM = re.compile(r"^\[`([^\]]+)`\]\([^)\s]+\.(?P<kind>py|h)\)$", re.MULTILINE)
_LANGUAGES = {"py": "python", "h": "c"}
_LINK = re.compile(r"(\]\()([^)\s#:]+)([^)\s]*\))")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the linked files."""
    waiting = [file.src_uri for file in files.documentation_pages()]
    while waiting:
        page = waiting.pop()
        text = (_ROOT / _in_repository(page)).read_text(encoding="utf-8")
        for link in _LINK.finditer(text):
            place = _on_site(link[2], page)
            if place is None or files.get_file_from_path(place) is not None:
                continue
            file = File.generated(config, place, abs_src_path=str(_ROOT / _in_repository(place)))
            files.append(file)
            if file.is_documentation_page():
                waiting.append(place)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to them into links within the site."""
    del config, files
    here = page.file.src_uri

    def moved(link: re.Match[str]) -> str:
        place = _on_site(link[2], here)
        if place is None:
            return link[0]
        return f"{link[1]}{posixpath.relpath(place, posixpath.dirname(here) or '.')}{link[3]}"

    return _LINK.sub(moved, _PROGRAM.sub(_shown, markdown))


def _shown(program: re.Match[str]) -> str:
    code = (_ROOT / program[1]).read_text(encoding="utf-8")
    return f'```{_LANGUAGES[program["kind"]]} title="{program[1]}"\n{code}```'


def _in_repository(place: str) -> str:
    return place.removeprefix(_OUTSIDE) if place.startswith(_OUTSIDE) else f"docs/{place}"


def _on_site(link: str, page: str) -> str | None:
    """Return where a linked file is on the site; `None` where there is no such file."""
    folder = posixpath.dirname(_in_repository(page))
    path = posixpath.normpath(posixpath.join(folder, link))
    if path.startswith("../") or not (_ROOT / path).is_file():
        return None
    return path.removeprefix("docs/") if path.startswith("docs/") else f"{_OUTSIDE}{path}"
