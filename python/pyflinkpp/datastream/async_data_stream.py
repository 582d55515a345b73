"""Asynchronous functions on streams."""

from __future__ import annotations

import datetime
import inspect
from typing import TYPE_CHECKING, Any, TypeVar

import pyflinkpp._native as _native
from pyflinkpp._impl.shipping import ship
from pyflinkpp._impl.transformation import Transformation
from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.common.time import Duration, Time
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.datastream._streams.base import output_type_of
from pyflinkpp.datastream.async_retry_strategies import NO_RETRY_STRATEGY
from pyflinkpp.datastream.functions import AsyncFunction, AsyncFunctionDescriptor, AsyncRetryStrategy

if TYPE_CHECKING:
    from pyflinkpp.datastream._streams.stream import DataStream

__all__ = ["AsyncDataStream"]

IN = TypeVar("IN")
OUT = TypeVar("OUT")

_ORDERED = AsyncFunctionDescriptor.OutputMode.ORDERED
_UNORDERED = AsyncFunctionDescriptor.OutputMode.UNORDERED

#: Milliseconds where it is an int.
Timeout = Time | Duration | datetime.timedelta | int


class AsyncDataStream:
    """Applies an AsyncFunction, many calls at a time (Flink's ``AsyncDataStream``).

    ``async_invoke`` runs on an asyncio event loop that all asynchronous functions of a job share, on a thread
    of its own; so do ``timeout`` and the retry predicates. Each record of its result gets the timestamp of
    the record it comes from. At most ``capacity`` records of a subtask are in flight, from the call until
    their results have left; while there are so many, none is taken in. A call that takes longer than
    ``timeout`` (0: any time is right), retries and the delays between them included, is cancelled, and what
    ``timeout`` returns is its result. At the end of input all calls are waited for.

    Ordered, results leave in the order of the records. Unordered, they leave as they come, but watermarks
    neither overtake results nor are overtaken.

    An exception of the function, or a result that is not iterable, ends the job.

    >>> import asyncio
    >>> from pyflinkpp.common import Time, Types
    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> class Ask(AsyncFunction):
    ...     async def async_invoke(self, value):
    ...         await asyncio.sleep(0.001 * value)
    ...         return [f'answer {value}']
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> numbers = env.from_collection([3, 1, 2], Types.INT())
    >>> answers = AsyncDataStream.ordered_wait(numbers, Ask(), Time.seconds(5), 10, Types.STRING())
    >>> list(answers.execute_and_collect())
    ['answer 3', 'answer 1', 'answer 2']
    """

    @staticmethod
    def unordered_wait(
        data_stream: DataStream[IN],
        async_function: AsyncFunction[IN, OUT],
        timeout: Timeout,
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> DataStream[OUT]:
        """Results as they come. Raises what ``unordered_wait_with_retry`` raises."""
        return _wait(
            data_stream, async_function, timeout, NO_RETRY_STRATEGY, capacity, output_type, _UNORDERED
        )

    @staticmethod
    def unordered_wait_with_retry(
        data_stream: DataStream[IN],
        async_function: AsyncFunction[IN, OUT],
        timeout: Timeout,
        async_retry_strategy: AsyncRetryStrategy[OUT],
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> DataStream[OUT]:
        """Results as they come; the strategy says which calls are made again.

        Raises:
            TypeError: ``data_stream``, ``async_function`` or a setting is none; it can't be pickled.
            ValueError: a negative timeout, or a capacity below 1.
            ConfigurationError: ``async_invoke`` is no coroutine function; retries without a timeout.
        """
        return _wait(
            data_stream, async_function, timeout, async_retry_strategy, capacity, output_type, _UNORDERED
        )

    @staticmethod
    def ordered_wait(
        data_stream: DataStream[IN],
        async_function: AsyncFunction[IN, OUT],
        timeout: Timeout,
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> DataStream[OUT]:
        """Results in the order of the records. Raises what ``unordered_wait_with_retry`` raises."""
        return _wait(data_stream, async_function, timeout, NO_RETRY_STRATEGY, capacity, output_type, _ORDERED)

    @staticmethod
    def ordered_wait_with_retry(
        data_stream: DataStream[IN],
        async_function: AsyncFunction[IN, OUT],
        timeout: Timeout,
        async_retry_strategy: AsyncRetryStrategy[OUT],
        capacity: int = 100,
        output_type: TypeInformation | None = None,
    ) -> DataStream[OUT]:
        """Results in the order of the records; the strategy says which calls are made again.

        Raises what ``unordered_wait_with_retry`` raises.
        """
        return _wait(
            data_stream, async_function, timeout, async_retry_strategy, capacity, output_type, _ORDERED
        )


def _wait(
    data_stream: Any,
    async_function: Any,
    timeout: Any,
    strategy: Any,
    capacity: int,
    output_type: TypeInformation | None,
    mode: AsyncFunctionDescriptor.OutputMode,
) -> DataStream[Any]:
    from pyflinkpp._impl.async_calls import AsyncOpener
    from pyflinkpp.datastream._streams.stream import DataStream

    if not isinstance(data_stream, DataStream):
        raise TypeError(f"data_stream must be a DataStream, not {data_stream!r}")
    descriptor = AsyncFunctionDescriptor(async_function, timeout, capacity, strategy, mode)
    _check(descriptor)
    shipped = ship((async_function, strategy), "the AsyncFunction or its retry strategy")
    result_type = output_type_of(output_type)
    env = data_stream.get_execution_environment()
    transformation = Transformation(
        "async wait operator",
        env.get_parallelism(),
        [data_stream._upstreams],
        make_operator=lambda: _native.python_async(
            AsyncOpener(shipped),
            result_type._descriptor(),
            ordered=mode is _ORDERED,
            capacity=capacity,
            timeout_millis=descriptor.timeout_millis,
        ),
    )
    env._add(transformation)
    return DataStream._of(env, transformation, result_type)


def _check(descriptor: AsyncFunctionDescriptor) -> None:
    name = type(descriptor.async_function).__name__
    if not inspect.iscoroutinefunction(descriptor.async_function.async_invoke):
        raise ConfigurationError(f"async_invoke of {name} must be declared with 'async def'")
    strategy = descriptor.async_retry_strategy
    if not isinstance(strategy, AsyncRetryStrategy):
        raise ConfigurationError(f"async_retry_strategy must be an AsyncRetryStrategy, not {strategy!r}")
    if strategy.get_retry_predicate() is None:
        raise ConfigurationError(f"get_retry_predicate of {type(strategy).__name__} must not return None")
    if strategy is not NO_RETRY_STRATEGY and descriptor.timeout_millis == 0:
        raise ConfigurationError(f"{name} is to be called again on failure, which needs a timeout above 0")
