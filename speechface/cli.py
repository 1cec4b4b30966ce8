"""The command line: `animate` for the main job, `speechface VERB` for everything else.

A verb is a file `commands/VERB.py` in any of our packages, or `commands/VERB/WHAT.py` for one with several objects
(`train encoder`, `train emote`): its docstring's first line is its help, its frozen dataclass `Arguments` its options,
its function `run(arguments)` what it does. Only the verb that was asked for is imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from speechface import plugins
from speechface.errors import UserError, unknown

PACKAGES = ("speechface", "render", "data_prep", "priors", "emote", "emoface")


def animate() -> None:
    """The command `animate`."""
    sys.exit(_guarded("animate", importlib.import_module("speechface.commands.animate"), sys.argv[1:]))


def main() -> None:
    """The command `speechface`."""
    words, verbs = sys.argv[1:], _verbs()
    if words[:1] in (["-V"], ["--version"]):
        from speechface import __version__

        print(f"speechface {__version__}")
        sys.exit(0)
    for length in (2, 1):
        verb = " ".join(words[:length])
        if len(words) >= length and verb in verbs:
            sys.exit(_guarded(f"speechface {verb}", importlib.import_module(verbs[verb]), words[length:]))
    asked = [word for word in words[:2] if not word.startswith("-")]
    near = {verb: module for verb, module in verbs.items() if asked and verb.split()[0] == asked[0]} or verbs
    if len(asked) == (1 if near is verbs else 2):
        print(f"speechface: {unknown('command', ' '.join(asked), near)}", file=sys.stderr)
        sys.exit(2)
    width = max(map(len, near))
    lines = [f"  {verb:{width}}  {plugins.summary(*module.rsplit('.', 1))}" for verb, module in sorted(near.items())]
    print("usage: speechface COMMAND ...   (--help after a command for its options)\n\n" + "\n".join(lines))
    sys.exit(0)


def _verbs() -> dict[str, str]:
    """Every command and its module; one in a folder of commands has two words."""
    found = {}
    for package in PACKAGES:
        if not importlib.util.find_spec(f"{package}.commands"):
            continue
        for verb in plugins.names(f"{package}.commands"):
            module = f"{package}.commands.{verb}"
            spec = importlib.util.find_spec(module)
            if spec is None or spec.submodule_search_locations is None:
                found[verb] = module
            else:
                found |= {f"{verb} {what}": f"{module}.{what}" for what in plugins.names(module)}
    return found


def _guarded(name: str, command: ModuleType, words: Sequence[str]) -> int:
    """Run a command; a user's mistake becomes one line and exit code 2."""
    import tyro

    try:
        arguments = tyro.cli(command.Arguments, prog=name, description=command.__doc__, args=list(words))
        return command.run(arguments) or 0
    except UserError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
