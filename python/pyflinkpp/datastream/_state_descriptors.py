"""What a function says about a state before it gets it: name, type, time to live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream._checks import text
from pyflinkpp.datastream._state_ttl import StateTtlConfig

if TYPE_CHECKING:
    from pyflinkpp.datastream._functions.simple import AggregateFunction, ReduceFunction


def _type(type_info: Any, name: str) -> TypeInformation:
    if not isinstance(type_info, TypeInformation):
        raise TypeError(f"{name} must be a TypeInformation, not {type_info!r}")
    return type_info


class StateDescriptor:
    """Name and type of a state (Flink's ``StateDescriptor``); equal by class, name and type.

    Raises ``ValueError`` for an empty name, ``TypeError`` for a wrong argument.
    """

    def __init__(self, name: str, type_info: TypeInformation) -> None:
        self.name = text(name, "state name")
        self.type_info = _type(type_info, "type_info")
        self._ttl_config: StateTtlConfig | None = None
        self._queryable_name: str | None = None

    def get_name(self) -> str:
        """The name, unique within the operator."""
        return self.name

    def enable_time_to_live(self, ttl_config: StateTtlConfig) -> None:
        """Let entries expire; raises ``TypeError`` for anything but a ``StateTtlConfig``.

        Raises ``ValueError`` where the state is queryable, as Flink does.
        """
        if not isinstance(ttl_config, StateTtlConfig):
            raise TypeError(f"ttl_config must be a StateTtlConfig, not {ttl_config!r}")
        self._refuse_ttl(ttl_config, self._queryable_name)
        self._ttl_config = ttl_config

    def set_queryable(self, queryable_state_name: str) -> None:
        """Let the state be asked for from outside of the job, by a name that is unique in the job.

        Of keyed state (Flink's ``setQueryable``); `JobClient.get_kv_state` asks. Raises ``ValueError`` for an
        empty name, where there is a name already, and where entries expire, as Flink does.

        >>> descriptor = ValueStateDescriptor("total", Types.LONG())
        >>> descriptor.set_queryable("totals")
        >>> descriptor.is_queryable(), descriptor.get_queryable_state_name()
        (True, 'totals')
        """
        name = text(queryable_state_name, "queryable state name")
        if self._queryable_name is not None:
            raise ValueError(
                f"the state {self.name!r} is queryable as {self._queryable_name!r} already, and can't be as "
                f"{name!r} too"
            )
        self._refuse_ttl(self._ttl_config, name)
        self._queryable_name = name

    def is_queryable(self) -> bool:
        """Whether the state can be asked for from outside of the job."""
        return self._queryable_name is not None

    def get_queryable_state_name(self) -> str | None:
        """The name that it is asked for by, None where it can't be."""
        return self._queryable_name

    def _refuse_ttl(self, ttl_config: StateTtlConfig | None, queryable_name: str | None) -> None:
        if queryable_name is not None and ttl_config is not None and ttl_config.is_enabled():
            raise ValueError(
                f"the state {self.name!r} can't be queryable, as {queryable_name!r}, and have a time to "
                "live: leave one of them away"
            )

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, StateDescriptor)
            and type(self) is type(other)
            and self.name == other.name
            and self.type_info == other.type_info
        )

    def __hash__(self) -> int:
        return hash((type(self), self.name))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.type_info!r})"


class ValueStateDescriptor(StateDescriptor):
    """One value for each key.

    >>> ValueStateDescriptor("total", Types.LONG()).get_name()
    'total'
    """

    def __init__(self, name: str, value_type_info: TypeInformation) -> None:
        super().__init__(name, value_type_info)


class ListStateDescriptor(StateDescriptor):
    """A list for each key; ``elem_type_info`` is the type of one element."""

    def __init__(self, name: str, elem_type_info: TypeInformation) -> None:
        super().__init__(name, Types.LIST(_type(elem_type_info, "elem_type_info")))
        self.elem_type_info = elem_type_info


class MapStateDescriptor(StateDescriptor):
    """A map for each key; also describes broadcast state."""

    def __init__(self, name: str, key_type_info: TypeInformation, value_type_info: TypeInformation) -> None:
        super().__init__(
            name,
            Types.MAP(_type(key_type_info, "key_type_info"), _type(value_type_info, "value_type_info")),
        )
        self.key_type_info = key_type_info
        self.value_type_info = value_type_info


class ReducingStateDescriptor(StateDescriptor):
    """One value for each key, folded by a ``ReduceFunction`` or a callable of two values.

    >>> ReducingStateDescriptor("sum", lambda a, b: a + b, Types.LONG()).get_reduce_function().reduce(1, 2)
    3
    """

    def __init__(self, name: str, reduce_function: Any, type_info: TypeInformation) -> None:
        from pyflinkpp.datastream._functions.simple import ReduceFunction

        super().__init__(name, type_info)
        if not isinstance(reduce_function, ReduceFunction):
            if not callable(reduce_function):
                raise TypeError(f"reduce_function must be callable, not {reduce_function!r}")
            reduce_function = _called_reduce(reduce_function)
        self._reduce_function: ReduceFunction[Any] = reduce_function

    def get_reduce_function(self) -> ReduceFunction[Any]:
        """The function, a callable wrapped into a ``ReduceFunction``."""
        return self._reduce_function


class AggregatingStateDescriptor(StateDescriptor):
    """One accumulator for each key; ``state_type_info`` is the accumulator's type."""

    def __init__(
        self, name: str, agg_function: AggregateFunction[Any, Any, Any], state_type_info: TypeInformation
    ) -> None:
        from pyflinkpp.datastream._functions.simple import AggregateFunction

        super().__init__(name, state_type_info)
        if not isinstance(agg_function, AggregateFunction):
            raise TypeError(f"agg_function must be an AggregateFunction, not {agg_function!r}")
        self._agg_function = agg_function

    def get_agg_function(self) -> AggregateFunction[Any, Any, Any]:
        """The function."""
        return self._agg_function


def _called_reduce(func: Any) -> ReduceFunction[Any]:
    """A ``ReduceFunction`` around a callable; ``func`` is kept so that the plan can look into it."""
    from pyflinkpp.datastream._functions.called import CalledReduceFunction

    return CalledReduceFunction(func)
