"""What compiled text does in its own way, for Numba would compile for long what numpy writes shortly.

A named tuple goes by value: seven numbers per array, in every call and at every access to one field. An array that is
assigned to a slice brings the text of an error with it, and all that puts a text together.
"""

from __future__ import annotations

import hashlib
from typing import Any

from numba import njit
from numba.core import cgutils, types
from numba.experimental import structref
from numba.experimental.jitclass.base import imp_dtor
from numba.extending import intrinsic

from gridprio.kernels.reference import twins as plain


@structref.register
class Struct(types.StructRef):  # type: ignore[misc, name-defined]
    """The fields of a named tuple, behind one pointer."""

    def __init__(self, fields: Any) -> None:
        super().__init__(fields)
        # the whole type would stand in the name of every function that takes it
        self.name: str = "Struct" + hashlib.sha256(self.name.encode()).hexdigest()[:20]


@intrinsic
def by_reference(typing_context: Any, value: Any) -> Any:
    """The named tuple `value`, behind a pointer."""
    struct = Struct(tuple(zip(value.fields, value.types, strict=True)))

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        payload = context.data_model_manager[struct.get_data_type()].get_value_type()
        meminfo = context.nrt.meminfo_alloc_dtor(
            builder,
            context.get_constant(types.uintp, context.get_abi_sizeof(payload)),
            imp_dtor(context, builder.module, struct),
        )
        pointer = builder.bitcast(context.nrt.meminfo_data(builder, meminfo), payload.as_pointer())
        fields = cgutils.create_struct_proxy(struct.get_data_type())(context, builder, ref=pointer)
        for at, (name, type_) in enumerate(struct.field_dict.items()):
            field = builder.extract_value(arguments[0], at)
            context.nrt.incref(builder, type_, field)
            setattr(fields, name, field)
        made = context.make_helper(builder, struct)
        made.meminfo = meminfo
        return made._getvalue()

    return struct(value), generate


@njit(cache=True, nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def copy_into(target: Any, source: Any) -> None:
    """Overwrites an array with one of its own shape and type."""
    for at in range(source.size):
        target.flat[at] = source.flat[at]


TWINS = {plain.by_reference: by_reference, plain.copy_into: copy_into}
"""By the function of the reference."""
