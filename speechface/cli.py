"""The command line: `animate` for the main job, `speechface VERB` for everything else.

A verb is a file `commands/VERB.py` in any of our packages (`build-head` is build_head.py), or `commands/VERB/WHAT.py` for
one with several objects (`train encoder`, `train emote`): its docstring's first line is its help, its frozen dataclass
`Arguments` its options, its function `run(arguments)` what it does. Only the verb that was asked for is imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper

from speechface import plugins
from speechface.errors import UserError, unknown

PACKAGES = ("speechface", "render", "data_prep", "priors", "emote", "emoface")


def animate() -> None:
    """The command `animate`."""
    sys.exit(_run("animate", "speechface.commands.animate", sys.argv[1:]))


def main() -> None:
    """The command `speechface`."""
    words, verbs = sys.argv[1:], _verbs()
    if words[:1] in (["-V"], ["--version"]):
        from speechface import __version__

        print(f"speechface {__version__}")
        sys.exit(0)
    if words[:1] == ["evaluate"] and len(words) > 2 and " ".join(words[:2]) not in verbs and os.path.isdir(words[1]):
        words = ["evaluate", "motion", words[1], "--truth", *words[2:]]  # a model and clips: evaluate RUN CLIPS
    for length in (2, 1):
        verb = " ".join(words[:length])
        if len(words) >= length and verb in verbs:
            sys.exit(_run(f"speechface {verb}", verbs[verb], words[length:]))
    asked = [word for word in words[:2] if not word.startswith("-")]
    near = {verb: module for verb, module in verbs.items() if asked and verb.split()[0] == asked[0]} or verbs
    if len(asked) == (1 if near is verbs else 2):
        print(f"speechface: {unknown('command', ' '.join(asked), near)}", file=sys.stderr)
        sys.exit(2)
    sys.exit(_guarded("speechface", lambda: _overview(near)))


def _overview(verbs: dict[str, str]) -> None:
    """Print what each command is for."""
    width = max(map(len, verbs))
    lines = [f"  {verb:{width}}  {plugins.summary(*module.rsplit('.', 1))}" for verb, module in sorted(verbs.items())]
    print("usage: speechface COMMAND ...   (--help after a command for its options)\n\n" + "\n".join(lines), flush=True)


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
                found[verb.replace("_", "-")] = module
            else:
                found |= {f"{verb} {what}": f"{module}.{what}" for what in plugins.names(module)}
    return found


def _run(name: str, module: str, words: Sequence[str]) -> int:
    """Run the command in a module with the words that follow it; returns the exit code."""

    def work() -> int | None:
        import tyro

        command = importlib.import_module(module)
        return command.run(tyro.cli(command.Arguments, prog=name, description=command.__doc__, args=list(words)))

    return _guarded(name, work)


def _guarded(name: str, work: Callable[[], int | None]) -> int:
    """Do some work; a user's mistake becomes one line and exit code 2."""
    # As Ctrl-C does, so that what is half-written is removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if isinstance(sys.stdout, TextIOWrapper):  # names of files need not be text that a terminal can show
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return work() or 0
    except UserError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
