"""Reading a pickle as data: no name in it is imported and nothing in it is called, whatever it says.

`pickle.Unpickler` calls what a file names. This reader has a stack machine of its own for the opcodes of protocols 0 to 5
and puts an inert record (`Made`) in the place of every object: it has neither an import nor a call to be tricked into.
What a file with arrays has no use for is refused.
"""

from __future__ import annotations

import codecs
import io
import pickletools
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from speechface.errors import UserError

ARRAY = ("_reconstruct", "ndarray", "dtype", "scalar", "_frombuffer")
NAMES = frozenset(
    [f"{module}.{name}" for module in ("numpy", "numpy.core.multiarray", "numpy._core.multiarray") for name in ARRAY]
    + ["numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer", "_codecs.encode", "collections.OrderedDict"]
    + [f"{module}.{name}" for module in ("__builtin__", "builtins") for name in ("object", "set", "frozenset", "bytes")]
    + ["copy_reg._reconstructor", "copyreg._reconstructor"]
    + [f"scipy.sparse.{module}csc_matrix" for module in ("", "csc.", "_csc.")]
    + [f"scipy.sparse.{module}csr_matrix" for module in ("", "csr.", "_csr.")]
    + ["chumpy.Ch", "chumpy.ch.Ch", "chumpy.reordering.Select"]
)
"""Everything a pickle may name; the names are compared, never looked up."""


@dataclass(frozen=True)
class Name:
    """A class or function that a pickle names."""

    text: str


@dataclass(eq=False)
class Made:
    """What a pickle asks to be made, and is not: the name, its arguments, and the state it would be given."""

    name: str
    arguments: tuple
    state: Any = None


class _MalformedError(Exception):
    pass


class _Mark:
    pass


def read(content: bytes, called: str) -> Any:
    """What a pickle holds, made of None, numbers, strings, bytes, lists, tuples, dicts, sets and `Made`.

    called: the file's name for messages. Raises `UserError` for a pickle that names anything but arrays, or a broken one.
    """
    try:
        return _Machine(content, called).run()
    except (
        _MalformedError, ValueError, KeyError, IndexError, TypeError, OverflowError, EOFError, AttributeError, MemoryError,
        struct.error,
    ) as error:  # fmt: skip
        raise UserError(f"{called} is no pickle that can be read: it is damaged or cut off") from error


class _Machine:
    """The stack machine of `pickletools`, with records instead of objects."""

    def __init__(self, content: bytes, called: str) -> None:
        self.file, self.called = io.BytesIO(content), called
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        while True:
            code = self.file.read(1)
            kind = _OPCODES.get(code.decode("latin-1"))
            if kind is None:
                raise _MalformedError
            if kind.name == "STOP":
                return self.stack.pop()
            if kind.name == "STRING":  # pickletools reads no bytes above 127 there, Python 2 wrote them
                argument: Any = self._quoted()
            else:
                argument = kind.arg.reader(self.file) if kind.arg else None
            self._step(kind.name, argument)

    def _step(self, kind: str, argument: Any) -> None:
        stack = self.stack
        if kind in _PUSHED:
            stack.append(argument)
        elif kind in _FRESH:
            stack.append(_FRESH[kind]())
        elif kind in _FOLDED:
            stack.append(_FOLDED[kind](self._marked()))
        elif kind in ("TUPLE1", "TUPLE2", "TUPLE3"):
            stack.append(tuple(reversed([self._pop() for _ in range(int(kind[-1]))])))
        elif kind in ("APPEND", "APPENDS", "ADDITEMS", "SETITEM", "SETITEMS"):
            self._fill(kind)
        elif kind in ("POP", "POP_MARK"):
            self._marked() if kind == "POP_MARK" else stack.pop()
        elif kind == "DUP":
            stack.append(stack[-1])
        elif kind in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"):
            self.memo[len(self.memo) if kind == "MEMOIZE" else argument] = stack[-1]
        elif kind in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(self.memo[argument])
        elif kind in _NAMING:
            stack.append(self._name(kind, argument))
        elif kind in _MAKING:
            stack.append(self._make(kind, argument))
        elif kind == "BUILD":
            state = self._pop()
            if not isinstance(stack[-1], Made):
                raise _MalformedError
            stack[-1].state = state
        elif kind not in ("PROTO", "FRAME"):
            raise self._refused(f"it uses '{kind}'")

    def _fill(self, kind: str) -> None:
        """Put what was collected into the list, set or dict below it."""
        pairs = kind.startswith("SETITEM")
        given = self._marked() if kind.endswith("S") else list(reversed([self._pop() for _ in range(1 + pairs)]))
        into = self.stack[-1]
        if pairs and type(into) is dict:
            into.update(_pairs(given))
        elif type(into) is list and not pairs:
            into.extend(given)
        elif type(into) is set and not pairs:
            into.update(given)
        else:
            raise _MalformedError

    def _name(self, kind: str, argument: Any) -> Name:
        if kind == "STACK_GLOBAL":
            name, module = self._pop(), self._pop()
        else:
            module, name = argument.split(" ", 1)
        if type(module) is not str or type(name) is not str:
            raise _MalformedError
        if f"{module}.{name}" not in NAMES:
            raise self._refused(f"it names '{module}.{name}'"[:120].encode("ascii", "backslashreplace").decode())
        return Name(f"{module}.{name}")

    def _make(self, kind: str, argument: Any) -> Any:
        """The record of an object; plain containers become themselves."""
        if kind == "INST":
            arguments, name = tuple(self._marked()), self._name(kind, argument)
        elif kind == "OBJ":
            name, *rest = self._marked()
            arguments = tuple(rest)
        else:
            if kind == "NEWOBJ_EX" and self._pop():
                raise _MalformedError
            arguments, name = self._pop(), self._pop()
        if type(name) is not Name or type(arguments) is not tuple:
            raise _MalformedError
        if name.text.endswith("._reconstructor"):
            if type(arguments[0]) is not Name:
                raise _MalformedError
            return Made(arguments[0].text, ())
        return {} if name.text == "collections.OrderedDict" else Made(name.text, arguments)

    def _pop(self) -> Any:
        if self.stack[-1] is _Mark:
            raise _MalformedError
        return self.stack.pop()

    def _marked(self) -> list[Any]:
        """What lies on the stack above the last mark, which goes too."""
        last = len(self.stack) - 1
        while self.stack[last] is not _Mark:
            last -= 1
            if last < 0:
                raise _MalformedError
        found = self.stack[last + 1 :]
        del self.stack[last:]
        return found

    def _quoted(self) -> str:
        line = self.file.readline().rstrip(b"\n")
        if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in b"'\"":
            raise _MalformedError
        return codecs.escape_decode(line[1:-1])[0].decode("latin-1")

    def _refused(self, why: str) -> UserError:
        return UserError(
            f"{self.called} is refused: {why}, for which a file with arrays has no use; nothing in it was run"
        )


def _pairs(given: list[Any]) -> dict:
    if len(given) % 2 or not all(type(key) in (str, bytes, int, float, bool, type(None)) for key in given[::2]):
        raise _MalformedError
    return dict(zip(given[::2], given[1::2], strict=True))


_OPCODES = {opcode.code: opcode for opcode in pickletools.opcodes}
_PUSHED = frozenset(
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING BINBYTES SHORT_BINBYTES "
    "BINBYTES8 BYTEARRAY8 UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8".split()
)
_FRESH: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False, "MARK": lambda: _Mark,
    "EMPTY_LIST": list, "EMPTY_TUPLE": tuple, "EMPTY_DICT": dict, "EMPTY_SET": set,
}  # fmt: skip
_FOLDED: dict[str, Callable[[list[Any]], Any]] = {
    "LIST": list, "TUPLE": tuple, "DICT": _pairs, "FROZENSET": frozenset,
}  # fmt: skip
_NAMING, _MAKING = ("GLOBAL", "STACK_GLOBAL"), ("REDUCE", "NEWOBJ", "NEWOBJ_EX", "INST", "OBJ")
