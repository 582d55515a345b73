"""A stream that is kept as state, to be asked for from outside of the job."""

from __future__ import annotations

from pyflinkpp._impl.transformation import Transformation
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.datastream._streams.settings import OperatorSettings
from pyflinkpp.datastream.state import StateDescriptor


class QueryableStateStream(OperatorSettings):
    """What `KeyedStream.as_queryable_state` has made, for its settings (Flink's ``QueryableStateStream``)."""

    def __init__(
        self, transformation: Transformation, state_descriptor: StateDescriptor, key_type: TypeInformation
    ) -> None:
        self._transformation = transformation
        self._state_descriptor = state_descriptor
        self._key_type = key_type

    def get_queryable_state_name(self) -> str:
        """The name that the state is asked for by."""
        return str(self._state_descriptor.get_queryable_state_name())

    def get_state_descriptor(self) -> StateDescriptor:
        """What describes the state, for `JobClient.get_kv_state`."""
        return self._state_descriptor

    def get_key_type(self) -> TypeInformation:
        """The type of the keys (in Java there is ``getKeySerializer`` in its place)."""
        return self._key_type
