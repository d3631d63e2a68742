"""The changelog that is installed with the package."""

import importlib.resources
import re

import funnet as fn

TEXT = (importlib.resources.files("funnet") / "CHANGELOG.md").read_text(encoding="utf-8")
HEADS = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)


def test_it_begins_with_what_is_not_released_yet():
    assert HEADS[0] == "[Unreleased]"


def test_the_newest_section_is_of_this_version():
    assert HEADS[1].startswith(f"[{fn.__version__}] - ")


def test_versions_and_dates_go_down():
    found = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)", head) for head in HEADS[1:]]
    assert all(found)
    versions = [tuple(map(int, match.groups()[:3])) for match in found]
    assert versions == sorted(versions, reverse=True)
    assert [match[4] for match in found] == sorted((match[4] for match in found), reverse=True)


def test_changes_are_of_the_known_kinds():
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", TEXT, re.MULTILINE)) <= kinds
