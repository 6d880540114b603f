"""Writes the pickles and PyTorch checkpoints that the tests read.

    python2.7 write_pickles.py    smpl_python2_protocol*.pkl  (needs no packages: stand-ins pickle as the real classes do)
    python3 write_pickles.py      the others                  (numpy, omegaconf, scipy and torch)

A body of 4 vertices and 2 joints in the layout of the official SMPL files.
"""
import argparse
import collections
import pickle
import sys
import types

V_TEMPLATE = [[0.25 * i, 1.0 + i, -0.5 * i] for i in range(4)]
SHAPEDIRS = [[[0.5 * v + 0.125 * a - b for b in range(2)] for a in range(3)] for v in range(4)]
WEIGHTS = [[1.0, 0.0], [0.75, 0.25], [0.25, 0.75], [0.0, 1.0]]
J_REGRESSOR = [[0.5, 0.0, 0.5, 0.0], [0.0, 0.0, 0.0, 1.0]]
PARENTS = [[4294967295, 0], [0, 1]]
FACES = [[0, 1, 2], [0, 2, 3]]


def flatten(values):
    return [x for value in values for x in flatten(value)] if isinstance(values, list) else [values]


def python2():
    import cPickle
    import struct

    def module(name):
        return sys.modules.setdefault(name, types.ModuleType(name))

    def publish(module_name):
        def add(thing):
            thing.__module__ = module_name
            setattr(module(module_name), thing.__name__, thing)
            return thing
        return add

    for name in ["numpy", "numpy.core", "numpy.core.multiarray", "scipy", "scipy.sparse", "scipy.sparse.csc", "chumpy",
                 "chumpy.ch"]:
        module(name)

    @publish("numpy")
    class dtype(object):
        def __init__(self, name, align=0, copy=1):
            self.name = name

        def __reduce__(self):
            return dtype, (self.name, 0, 1), (3, "<", None, None, None, -1, -1, 0)

        def __setstate__(self, state):
            pass

    @publish("numpy.core.multiarray")
    def _reconstruct(kind, shape, letter):
        return kind.__new__(kind)

    @publish("numpy")
    class ndarray(object):
        def __reduce__(self):
            return _reconstruct, (ndarray, (0,), "b"), (1, self.shape, self.dtype, self.fortran, self.data)

        def __setstate__(self, state):
            pass

    @publish("scipy.sparse.csc")
    class csc_matrix(object):
        pass

    @publish("chumpy.ch")
    class Ch(object):
        pass

    def array(values, name, shape, fortran=False):
        result = ndarray()
        result.shape, result.dtype, result.fortran = shape, dtype(name), fortran
        if fortran:
            assert len(shape) == 2
            values = [list(column) for column in zip(*values)]
        letter = {"f8": "d", "u4": "I", "i4": "i", "i8": "q"}[name]
        result.data = struct.pack("<%d%s" % (len(flatten(values)), letter), *flatten(values))
        return result

    def chumpy(x):
        result = Ch()
        result.__dict__.update(x=x, _dirty_vars=set(["x"]), _itr=None, _depends_on_deps={}, _cache={"r": None})
        return result

    regressor = csc_matrix()
    regressor.__dict__.update(
        data=array([0.5, 0.5, 1.0], "f8", (3,)), indices=array([0, 0, 1], "i4", (3,)),
        indptr=array([0, 1, 1, 2, 3], "i4", (5,)), _shape=(2, 4), maxprint=50, format="csc")
    body = {
        "v_template": array(V_TEMPLATE, "f8", (4, 3)),
        "shapedirs": chumpy(array(SHAPEDIRS, "f8", (4, 3, 2))),
        "weights": chumpy(array(WEIGHTS, "f8", (4, 2), fortran=True)),
        "J_regressor": regressor,
        "kintree_table": array(PARENTS, "u4", (2, 2)),
        "f": array(FACES, "u4", (2, 3)),
        "vert_sym_idxs": array([3, 2, 1, 0], "i8", (4,)),
        "bs_type": "lrotmin", "bs_style": "lbs", "accent": u"caf\xe9", "bytes": "\x00\n\\'\xff",
        "pose_training_info": {"count": 7, "big": 1 << 40, "huge": 1 << 80, "loss": -0.25, "none": None, "flag": True},
    }
    for protocol in range(3):
        with open("smpl_python2_protocol%d.pkl" % protocol, "wb") as out:
            cPickle.dump(body, out, protocol)


def python3():
    import numpy
    import omegaconf
    import scipy.sparse
    import torch

    chumpy = types.ModuleType("chumpy.ch")
    chumpy.Ch = type("Ch", (), {"__module__": "chumpy.ch"})
    sys.modules.update({"chumpy": types.ModuleType("chumpy"), "chumpy.ch": chumpy})
    wrapped = chumpy.Ch()
    wrapped.x, wrapped._dirty_vars = numpy.array(SHAPEDIRS), {"x"}
    body = {
        "v_template": numpy.array(V_TEMPLATE),
        "shapedirs": wrapped,
        "weights": numpy.asfortranarray(numpy.array(WEIGHTS)),
        "J_regressor": scipy.sparse.csc_matrix(numpy.array(J_REGRESSOR)),
        "J_regressor_prior": scipy.sparse.csr_matrix(numpy.array(J_REGRESSOR)),
        "kintree_table": numpy.array(PARENTS, dtype=numpy.uint32),
        "f": numpy.array(FACES, dtype=numpy.uint32),
        "vert_sym_idxs": numpy.array([3, 2, 1, 0], dtype=">i8"),
        "bs_type": "lrotmin", "bs_style": "lbs", "accent": "caf\xe9", "bytes": b"\x00\n\\'\xff",
        "pose_training_info": {"count": 7, "big": 1 << 40, "huge": 1 << 80, "loss": -0.25, "none": None, "flag": True,
                               "set": {1}, "scalar": numpy.float64(1.5), "objects": numpy.array([{}, None])},
    }
    for protocol in range(6):
        with open("smpl_python3_protocol%d.pkl" % protocol, "wb") as out:
            pickle.dump(body, out, protocol)

    configuration = omegaconf.OmegaConf.create({
        "model": "Network(img_size=672)", "lr": 0.5, "epochs": 40, "amp": True, "resume": None,
        "sizes": [1, {"a": "b"}], "logs": {"folder": "${..model}/logs"}, "same": "${logs}"})
    with open("configuration.pkl", "wb") as out:
        pickle.dump({"args": configuration, "epoch": 3}, out, 2)

    grid = torch.arange(24.0).reshape(4, 6)
    state = collections.OrderedDict(
        whole=grid, transposed=grid.t(), part=grid[1:3, 2:4], parameter=torch.nn.Parameter(torch.ones(2)),
        half=torch.tensor([0.5, -2.0]).half(), bfloat16=torch.tensor([0.5, -2.0]).bfloat16(),
        double=torch.tensor([0.1], dtype=torch.float64), long=torch.tensor([1 << 40]), byte=torch.tensor([255], dtype=torch.uint8),
        boolean=torch.tensor([True, False]), scalar=torch.tensor(3.5), empty=torch.empty(0, 3))
    state._metadata = {"": {"version": 1}}
    arguments = argparse.Namespace(img_size=[672], backbone="dinov2_vits14", lr=5e-6, resume=None, nested={"a": (1, "b")})
    torch.save({"epoch": 3, "model_state_dict": state, "args": arguments, "best_val": 0.25,
                "scaler": {"scale": 65536.0}}, "checkpoint.pt")
    torch.save({"whole": grid}, "legacy.pt", _use_new_zipfile_serialization=False)


if sys.version_info[0] == 2:
    python2()
else:
    python3()
