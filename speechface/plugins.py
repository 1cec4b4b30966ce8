"""A folder of modules is a registry: the file's name is the plug-in's name, and it is imported when it is used."""

import importlib
import importlib.util
import pkgutil
from types import ModuleType

from speechface.errors import unknown


def names(package: str) -> list[str]:
    """Names of the plug-ins in a package (modules that do not start with an underscore), sorted, none imported."""
    folder = importlib.import_module(package)
    found = (module.name for module in pkgutil.iter_modules(folder.__path__))
    return sorted(name for name in found if not name.startswith("_"))


def load(package: str, name: str, kind: str) -> ModuleType:
    """Import one plug-in; `UserError` with the nearest names if there is none of that name."""
    check(package, name, kind)
    return importlib.import_module(f"{package}.{name}")


def check(package: str, name: str, kind: str) -> None:
    """Raise `UserError` with the nearest names if there is no plug-in of that name; nothing is imported."""
    if name not in names(package):
        raise unknown(kind, name, names(package))


def summary(package: str, name: str) -> str:
    """First line of the plug-in's docstring, read from its source without importing it."""
    import ast

    spec = importlib.util.find_spec(f"{package}.{name}")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"no source of {package}.{name}")
    with open(spec.origin, encoding="utf-8") as file:
        text = ast.get_docstring(ast.parse(file.read())) or ""
    return text.split("\n")[0]
