"""What all kinds of streams are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pyflinkpp._native as _native
from pyflinkpp._impl.adapters import Opener
from pyflinkpp._impl.shipping import ship
from pyflinkpp._impl.transformation import Transformation, Upstream
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream.functions import Function
from pyflinkpp.datastream.state import MapStateDescriptor

if TYPE_CHECKING:
    from pyflinkpp.datastream._streams.stream import DataStream
    from pyflinkpp.datastream.stream_execution_environment import StreamExecutionEnvironment

T = TypeVar("T")

Forms = list[tuple[str | None, str]]


class StreamBase(Generic[T]):
    """Where a stream comes from, and the type of its records."""

    def __init__(
        self, env: StreamExecutionEnvironment, upstreams: list[Upstream], type_info: TypeInformation
    ) -> None:
        self._env = env
        self._upstreams = upstreams
        self._type = type_info

    def get_type(self) -> TypeInformation:
        """The type of the records; ``Types.PICKLED_BYTE_ARRAY()`` where none was declared."""
        return self._type


def output_type_of(output_type: Any) -> TypeInformation:
    """A declared output type: a TypeInformation, a list of them for a row, or None for any object."""
    if output_type is None:
        return Types.PICKLED_BYTE_ARRAY()
    if isinstance(output_type, list):
        return Types.ROW(output_type)
    if isinstance(output_type, TypeInformation):
        return output_type
    raise TypeError(f"output_type must be a TypeInformation, not {output_type!r}; see Types")


def function_operator(
    env: StreamExecutionEnvironment,
    transformation: Transformation,
    function: Any,
    forms: Forms,
    coerce_to: TypeInformation | None,
    *,
    context: bool = False,
    keyed: bool = False,
    broadcast: list[MapStateDescriptor] | None = None,
    make: Callable[..., _native.OperatorFactory] | None = None,
) -> None:
    """Lets a transformation run a user's function, which is pickled here and now.

    `context` gives it a context beside the value, `keyed` keyed state, and `broadcast` broadcast state.
    Raises TypeError when it cannot be pickled.
    """
    shipped = ship(function, f"the function of '{transformation.name}'")
    opener = Opener(shipped, forms, context, broadcast)
    reaches_state = context or (keyed and isinstance(function, Function))
    descriptor = None if coerce_to is None else coerce_to._descriptor()

    def make_operator() -> _native.OperatorFactory:
        if make is not None:
            return make(opener, descriptor)
        side_outputs = {
            tag: type_info._descriptor() for tag, type_info in transformation.side_output_types.items()
        }
        if reaches_state:
            return _native.process_operator(opener, descriptor, side_outputs, keyed)
        return _native.python_operator(opener, descriptor, side_outputs)

    transformation.make_operator = make_operator


def add_operator(
    env: StreamExecutionEnvironment,
    name: str,
    inputs: list[list[Upstream]],
    function: Any,
    forms: Forms,
    output_type: TypeInformation,
    *,
    coerce: bool = True,
    **how: Any,
) -> DataStream[Any]:
    """Declares an operator around a user's function and gives its output; `how` as in `function_operator`."""
    from pyflinkpp.datastream._streams.stream import DataStream

    transformation = Transformation(name, env.get_parallelism(), inputs)
    function_operator(
        env,
        transformation,
        function,
        forms,
        output_type if coerce else None,
        **how,
    )
    env._add(transformation)
    return DataStream._of(env, transformation, output_type)
