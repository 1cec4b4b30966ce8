"""FLAME pickles read as data: arrays of every kind come out, and what would run something is refused before it does."""

import builtins
import collections
import io
import os
import pickle
import sys
import types

import numpy as np
import pytest
import scipy.sparse

from speechface.errors import UserError
from speechface.heads import _restricted_pickle
from speechface.heads._pickled_arrays import array

DRAW = np.random.default_rng(2)
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def through(value, protocol):
    return _restricted_pickle.read(pickle.dumps(value, protocol=protocol), "file.pkl")


# What may be read


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "given",
    [DRAW.normal(size=(3, 4)), DRAW.normal(size=(2, 3, 4)).astype(np.float32), np.asfortranarray(DRAW.normal(size=(5, 7))),
     np.arange(12, dtype=np.uint32).reshape(2, 6), np.array([[4294967295, 0]], dtype=np.uint32), np.zeros((0, 3)),
     DRAW.normal(size=4).astype(">f8"), np.array([True, False]), np.float64(1.5), np.array(3)],
    ids=lambda given: f"{given.dtype}{given.shape}",
)  # fmt: skip
def test_arrays_come_out(given, protocol):
    found = array(through({"a": given, "b": given}, protocol)["b"])
    assert found.shape == given.shape
    assert np.array_equal(found, given)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", [scipy.sparse.csc_matrix, scipy.sparse.csr_matrix])
def test_sparse_matrices_come_out(kind, protocol):
    dense = np.where(DRAW.random((5, 40)) < 0.1, DRAW.normal(size=(5, 40)), 0.0)
    assert np.array_equal(array(through(kind(dense), protocol)), dense)


@pytest.fixture
def chumpy(monkeypatch):
    """Stand-ins for chumpy's classes under chumpy's names, gone again before anything is read."""
    modules = {name: types.ModuleType(name) for name in ("chumpy", "chumpy.ch", "chumpy.reordering")}
    made = {}
    for module, name in (("chumpy.ch", "Ch"), ("chumpy.reordering", "Select"), ("chumpy.ch", "add")):
        made[name] = type(name, (), {"__module__": module, "__reduce_ex__": _new_style})
        setattr(modules[module], name, made[name])

    def write(value, protocol):
        with monkeypatch.context() as patch:
            for name, module in modules.items():
                patch.setitem(sys.modules, name, module)
            return pickle.dumps(value, protocol=protocol)

    def make(name, **attributes):
        out = made[name]()
        vars(out).update(attributes)
        return out

    return write, make


def _new_style(self, protocol):
    return object.__reduce_ex__(self, protocol)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_chumpy_objects_come_out_without_chumpy(chumpy, protocol):
    write, make = chumpy
    numbers = DRAW.normal(size=(4, 3))
    whole = make("Ch", x=numbers, _dirty_vars={"x"}, _itr=None, _parents=None, _cache=None)
    some = make("Select", a=whole, idxs=np.array([0, 5, 7, 2]), preferred_shape=(2, 2))
    content = write({"v": whole, "s": some, "sum": make("Ch", a=1)}, protocol)
    assert "chumpy" not in sys.modules
    found = _restricted_pickle.read(content, "file.pkl")
    assert np.array_equal(array(found["v"]), numbers)
    assert np.array_equal(array(found["s"]), numbers.ravel()[[0, 5, 7, 2]].reshape(2, 2))
    assert array(found["sum"]) is None
    with pytest.raises(UserError, match=r"chumpy\.ch\.add"):
        _restricted_pickle.read(write(make("add"), protocol), "file.pkl")


def test_pickles_of_python_2():
    """The bytes that Python 2 wrote: arrays as byte strings, in protocol 2 and, with escapes, in protocol 0."""
    numbers = np.array([1.5, -2.0, 200.25])
    raw = numbers.astype("<f8").tobytes()
    head = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I3\ntcnumpy\ndtype\n(S'f8'\nI0\nI1\ntR"
    tail = b"(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\n"
    quoted = b"S'" + b"".join(b"\\x%02x" % byte for byte in raw) + b"'\n"
    short = b"U" + bytes([len(raw)]) + raw
    for data in (quoted, short):
        found = _restricted_pickle.read(b"(dS'v_template'\n" + head + tail + data + b"tbs.", "file.pkl")
        assert np.array_equal(array(found["v_template"]), numbers)


def test_plain_values_are_what_pickle_reads():
    value = {"a": [1, -2, 2**80, 1.5, None, True, ("x", (), b"\xff", {"ü"}), frozenset("q")], 3: {}, "l": [[]] * 3}
    for protocol in PROTOCOLS[4:]:
        assert through(value, protocol) == value
    assert through(collections.OrderedDict(a=1), 2) == {"a": 1}
    same = through([value["l"]] * 2, 4)
    assert same[0] is same[1]


# What may not

FLAG = "SPEECHFACE_TEST_WAS_RUN"


class Calls:
    """A value that, unpickled, calls a function."""

    def __init__(self, function, *arguments, state=None, items=None, pairs=None):
        self.how = (function, arguments, state, items, pairs)

    def __reduce__(self):
        return self.how


def harm():
    """Exploits in the ways they are written: each sets an environment variable when it is run."""
    code = f"__import__('os').environ.__setitem__('{FLAG}', '1')"
    yield "system", Calls(os.system, "touch speechface-was-run")
    yield "eval", Calls(builtins.eval, code)
    yield "exec", Calls(builtins.exec, code)
    yield "import", Calls(builtins.__import__, "antigravity")
    yield "getattr", Calls(builtins.getattr, 1, "real")
    yield "putenv", Calls(os.putenv, FLAG, "1")
    yield "nested", {"v_template": np.zeros((3, 3)), "deep": [({"x": Calls(builtins.eval, code)},)]}
    yield "in arguments", Calls(np.dtype, Calls(builtins.eval, code))
    yield "in a state", Calls(collections.OrderedDict, state={"x": Calls(builtins.eval, code)})
    yield "in items", Calls(list, items=iter([Calls(builtins.exec, code)]))
    yield "map", Calls(map, print, [1])
    yield "open", Calls(open, "speechface-was-run", "w")
    yield "numpy", Calls(np.load, "speechface-was-run.npy", None, True)
    yield "numpy's files", Calls(np.fromfile, "speechface-was-run")
    yield "pickle", Calls(pickle.loads, pickle.dumps(Calls(builtins.eval, code)))
    yield "types", Calls(types.SimpleNamespace)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_exploits_are_refused_and_do_not_run(protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, exploit in harm():
        content = pickle.dumps(exploit, protocol=protocol)
        with pytest.raises(UserError, match=r"is refused: it .*nothing in it was run") as caught:
            _restricted_pickle.read(content, "evil.pkl")
        assert "\n" not in str(caught.value), name
        assert len(str(caught.value)) < 300
    assert FLAG not in os.environ
    assert not list(tmp_path.iterdir())


def test_exploits_do_run_in_an_ordinary_unpickler(monkeypatch):
    """The test above would prove nothing with duds."""
    monkeypatch.delenv(FLAG, raising=False)
    pickle.loads(pickle.dumps(dict(harm())["nested"]))
    assert os.environ.pop(FLAG) == "1"


@pytest.mark.parametrize(
    "content",
    [b"cos\nsystem\n(S'true'\ntR.", b"(S'true'\nios\nsystem\n.", b"(cos\nsystem\nS'true'\no.",
     b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x8c\x04true\x85R.", b"\x80\x04\x8c\x05numpy\x8c\x0dos.path.split\x93.",
     b"\x80\x02cnumpy.core.multiarray\n_reconstruct.__globals__\n.", b"Pid\n.", b"S'id'\nQ.",
     b"\x82\x01.", b"\x83\x01\x00.", b"\x97.", b"\x80\x05C\x01x\x98.", b"cchumpy.ch\nos\n.",
     b"c__builtin__\neval\nq\x000cnumpy\ndtype\nh\x00(S'1'\ntR."],
)  # fmt: skip
def test_raw_opcodes_that_name_or_fetch_things_are_refused(content):
    with pytest.raises(UserError, match="is refused"):
        _restricted_pickle.read(content, "evil.pkl")


@pytest.mark.parametrize(
    "content",
    [b"", b".", b"junk", b"(", b"h\x07.", b"]S'a'\nR.", b"\x80\x04K\x01K\x02R.", b"}(K\x01e.", b"}]K\x01s.",
     b"K\x01(K\x02a.", b"cnumpy\nndarray\nN}b.", b"}cnumpy\nndarray\nb.", b"S'unclosed\n.",
     b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
     b"T\xff\xff\xff\x7fabc", b"ccopy_reg\n_reconstructor\n(S'os'\nNNtR.", b"\x80\x04\x8c\x02os\x94K\x01\x93.",
     b"I" + b"9" * 6000 + b"\n."],
)  # fmt: skip
def test_broken_pickles_are_refused_in_one_line(content):
    with pytest.raises(UserError, match="damaged or cut off"):
        _restricted_pickle.read(content, "broken.pkl")


def test_any_damage_is_an_error_of_one_line_or_harmless():
    """A byte changed anywhere: never a crash, never an import."""
    whole = pickle.dumps({"a": np.arange(6.0).reshape(2, 3), "s": scipy.sparse.csc_matrix(np.eye(3))}, protocol=2)
    before = set(sys.modules)
    for place in range(0, len(whole), 3):
        for value in (0, 46, 99, 255):
            damaged = whole[:place] + bytes([value]) + whole[place + 1 :]
            try:
                found = _restricted_pickle.read(damaged, "file.pkl")
            except UserError:
                continue
            if type(found) is dict:
                [array(part) for part in found.values()]
    assert set(sys.modules) - before <= {"pickletools"}


def test_arrays_with_parts_that_do_not_fit_are_nothing():
    good = through({"a": np.arange(6.0)}, 4)["a"]
    for shape in ((7,), (-1,), (2**40,), "x", None):
        good.state = (1, shape, *good.state[2:])
        assert array(good) is None
    assert array(through({"a": np.array(["x", {}], dtype=object)}, 4)["a"]) is None
    assert array({"x": 1}) is None
    huge = through(scipy.sparse.csc_matrix((5, 5)), 4)
    part = huge.state if type(huge.state) is dict else huge.state[0]
    part["_shape"] = (10**9, 10**9)
    assert array(huge) is None


def test_a_pickle_of_pickles_stays_small():
    """Lists of lists of the same list, a thousand deep: 2 ** 1000 elements if anything walked them."""
    out = io.BytesIO()
    out.write(b"\x80\x02]q\x00")
    for number in range(1, 1000):
        out.write(b"]r" + number.to_bytes(4, "little") + b"(j" + (number - 1).to_bytes(4, "little") + b"2e")
    assert type(_restricted_pickle.read(out.getvalue() + b".", "file.pkl")) is list
