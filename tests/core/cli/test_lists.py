import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.config import kinds, presets

from .conftest import Type

FIELDS = {
    "methods": {"kind", "title", "learns", "adapts", "costs", "paper", "settings"},
    "presets": {"name", "method", "tasks", "note"},
    "tasks": {"kind", "title", "settings"},
    "networks": {"kind", "title", "settings"},
}
COMMANDS = [
    "run", "resume", "show", "presets", "methods", "tasks", "networks", "runs", "initializations", "compare", "evaluate", "export",
    "doctor", "bench", "reproduce", "inspect", "adapt", "import",
]  # fmt: skip


@pytest.mark.parametrize("command", FIELDS)
def test_a_list_has_the_fields_that_are_promised(type_: Type, command: str) -> None:
    said = type_(command, "--json")
    assert said.code == 0
    assert said.json
    assert all(one.keys() >= FIELDS[command] for one in said.json)


@pytest.mark.parametrize("command", FIELDS)
def test_a_list_names_everything_to_people_too(type_: Type, command: str) -> None:
    names = [one.get("name") or one["kind"] for one in type_(command, "--json").json]
    shown = type_(command).out
    assert all(name in shown for name in names)


def test_the_lists_are_complete(type_: Type) -> None:
    for command, section in (("methods", "method"), ("tasks", "tasks"), ("networks", "network")):
        assert {one["kind"] for one in type_(command, "--json").json} == set(kinds(section))
    assert [one["name"] for one in type_("presets", "--json").json] == list(presets())


def test_a_setting_tells_its_key_default_sentence_and_bounds(type_: Type) -> None:
    glyphs = next(one for one in type_("tasks", "--json").json if one["kind"] == "glyphs")
    ways = next(setting for setting in glyphs["settings"] if setting["key"] == "tasks.ways")
    assert (ways["default"], ways["allowed"]["minimum"]) == (5, 2)
    assert "Classes" in ways["sentence"]


def test_the_help_names_every_command_and_the_window_s(type_: Type) -> None:
    said = type_("--help")
    assert said.code == 0
    for command in [*COMMANDS, "gui", "screenshots"]:
        assert command in said.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(type_: Type, command: str) -> None:
    said = type_(command, "--help")
    assert said.code == 0
    assert "--json" in said.out
    assert said.err == ""


def test_the_version_is_told(type_: Type) -> None:
    assert type_("--version").out.startswith("headstart 0.")


@pytest.mark.parametrize("command", ["--help", "presets", "methods", "tasks", "networks", "runs", "initializations"])
def test_quick_commands_import_nothing_heavy(tmp_path: Path, command: str) -> None:
    program = (
        "import sys; from core.cli import main; code = main(sys.argv[1:])\n"
        "heavy = {'torch', 'pandas', 'matplotlib', 'PIL', 'PySide6'} & set(sys.modules)\n"
        "sys.stderr.write(' '.join(sorted(heavy))); sys.exit(code)"
    )
    listing = command not in ("--help", "runs", "initializations")
    options = [] if command == "--help" else ["--json"] if listing else ["--json", "--data-folder", str(tmp_path)]
    found = subprocess.run(
        [sys.executable, "-c", program, command, *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert (found.returncode, found.stderr) == (0, "")
    if command != "--help":
        json.loads(found.stdout)
