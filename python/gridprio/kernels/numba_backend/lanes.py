"""Eight cases side by side as one value of compiled code: a vector, whatever width the processor has.

Loops over eight lanes stay scalar in LLVM, because it cannot tell that the arrays are apart. So vectors are asked for
by name: `load` and `store` move eight neighbouring numbers of a C-ordered array, `+ - * /` work on all of them, and
fused products come from the `contract` flag of the function. Indices count in eights and are not checked.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable
from numpy.typing import NDArray

LANES = 8
ALIGNMENT_BYTES = 64
"""A load that crosses a line of the cache takes twice as long."""

_DOUBLE, _BYTE, _INDEX = ir.DoubleType(), ir.IntType(8), ir.IntType(64)
_VECTOR, _MASK = ir.VectorType(_DOUBLE, LANES), ir.VectorType(ir.IntType(1), LANES)


class Lanes(types.Type):  # type: ignore[misc]
    """The type of eight numbers."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


LANES_TYPE = Lanes()


@register_model(Lanes)
class _Model(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type, _VECTOR)


def zeros(*shape: int) -> NDArray[np.float64]:
    """Array that begins at a line of the cache; its last axis is the lanes."""
    count, step = int(np.prod(shape)), ALIGNMENT_BYTES // 8
    room = np.zeros(count + step)
    first = -room.ctypes.data % ALIGNMENT_BYTES // 8
    return room[first : first + count].reshape(shape)


def _operator(function: Any, instruction: str) -> None:
    @type_callable(function)
    def type_both(context):
        return lambda a, b: LANES_TYPE if {a, b} == {LANES_TYPE} else None

    @lower_builtin(function, Lanes, Lanes)
    def lower_both(context, builder, sig, args):
        return getattr(builder, instruction)(*args)


for _function, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _operator(_function, _instruction)


@type_callable(operator.neg)
def _type_negative(context):
    return lambda a: LANES_TYPE if a == LANES_TYPE else None


@lower_builtin(operator.neg, Lanes)
def _lower_negative(context, builder, sig, args):
    return builder.fneg(args[0])


def _pointer(context, builder, array_type, array, at, kind):
    """To number `at` of an array, as a pointer to `kind`."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), kind.as_pointer())


def _broadcast(builder, number):
    first = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    zero = ir.Constant(ir.VectorType(ir.IntType(32), LANES), None)
    return builder.shuffle_vector(first, ir.Constant(_VECTOR, ir.Undefined), zero)


def _of_eight(builder, at):
    return builder.mul(at, ir.Constant(_INDEX, LANES), flags=["nsw"])


@intrinsic
def load(typingctx, array, at):
    """Eight number `at` of an array."""

    def lower(context, builder, sig, args):
        pointer = _pointer(context, builder, sig.args[0], args[0], _of_eight(builder, args[1]), _VECTOR)
        return builder.load(pointer, align=8)

    return LANES_TYPE(array, types.intp), lower


@intrinsic
def store(typingctx, array, at, value):
    """Writes eight number `at` of an array."""

    def lower(context, builder, sig, args):
        pointer = _pointer(context, builder, sig.args[0], args[0], _of_eight(builder, args[1]), _VECTOR)
        builder.store(args[2], pointer, align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, LANES_TYPE), lower


@intrinsic
def load_all(typingctx, array, at):
    """Number `at` of an array in every lane."""

    def lower(context, builder, sig, args):
        return _broadcast(builder, builder.load(_pointer(context, builder, sig.args[0], args[0], args[1], _DOUBLE)))

    return LANES_TYPE(array, types.intp), lower


@intrinsic
def splat(typingctx, number):
    """A number in every lane."""

    def lower(context, builder, sig, args):
        return _broadcast(builder, args[0])

    return LANES_TYPE(types.float64), lower


def _call(builder, name, *args):
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * len(args))
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{LANES}f64"), args)


@intrinsic
def root(typingctx, value):
    """Square root."""
    return LANES_TYPE(LANES_TYPE), lambda context, builder, sig, args: _call(builder, "sqrt", *args)


@intrinsic
def size(typingctx, value):
    """Absolute value."""
    return LANES_TYPE(LANES_TYPE), lambda context, builder, sig, args: _call(builder, "fabs", *args)


def _choice(comparison):
    def lower(context, builder, sig, args):
        return builder.select(builder.fcmp_ordered(comparison, *args), *args)

    return LANES_TYPE(LANES_TYPE, LANES_TYPE), lower


@intrinsic
def larger(typingctx, a, b):
    """The larger of two, `b` where one is not a number."""
    return _choice(">")


@intrinsic
def smaller(typingctx, a, b):
    """The smaller of two, `b` where one is not a number."""
    return _choice("<")


@intrinsic
def not_less(typingctx, a, b):
    """Bit per lane where a < b does not hold, also for what is not a number."""

    def lower(context, builder, sig, args):
        bits = builder.bitcast(builder.fcmp_unordered(">=", *args), _BYTE)
        return builder.zext(bits, _INDEX)

    return types.intp(LANES_TYPE, LANES_TYPE), lower


@intrinsic
def select(typingctx, bits, one, other):
    """`one` in the lanes whose bit is set."""

    def lower(context, builder, sig, args):
        mask = builder.bitcast(builder.trunc(args[0], _BYTE), _MASK)
        return builder.select(mask, args[1], args[2])

    return LANES_TYPE(types.intp, LANES_TYPE, LANES_TYPE), lower
