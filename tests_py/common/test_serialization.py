import pytest

from pyflinkpp.common import (
    ByteArraySchema,
    Encoder,
    Row,
    SimpleStringSchema,
    Types,
    TypeSerializer,
    serialization,
)
from pyflinkpp.common.errors import NoJvmError
from pyflinkpp.common.io import InputFormat
from pyflinkpp.common.serialization import (
    BulkWriterFactory,
    DeserializationSchema,
    RowFieldExtractorSchema,
    SerializationSchema,
)
from pyflinkpp.common.serializer import VoidNamespaceSerializer


def test_strings():
    assert SimpleStringSchema().deserialize(SimpleStringSchema().serialize("ä€")) == "ä€"
    assert SimpleStringSchema("latin-1").serialize("ä") == b"\xe4"
    assert SimpleStringSchema().deserialize(b"\xff") == "\ufffd"
    assert SimpleStringSchema().get_produced_type() == Types.STRING()
    assert isinstance(SimpleStringSchema(), SerializationSchema | DeserializationSchema)
    with pytest.raises(ValueError, match="unknown charset 'nope'"):
        SimpleStringSchema("nope")
    with pytest.raises(TypeError, match="serializes str, not 5"):
        SimpleStringSchema().serialize(5)


def test_bytes():
    assert ByteArraySchema().serialize(bytearray(b"x")) == b"x"
    assert ByteArraySchema().get_produced_type() == Types.PRIMITIVE_ARRAY(Types.BYTE())
    with pytest.raises(TypeError, match="serializes bytes"):
        ByteArraySchema().serialize("x")


def test_row_field():
    schema = RowFieldExtractorSchema(1)
    assert schema.serialize(Row(1, b"x")) == b"x"
    assert schema.serialize(Row(1, None)) == schema.serialize(None) == b""
    with pytest.raises(TypeError, match="field 1 must hold bytes"):
        schema.serialize(Row(1, "x"))
    with pytest.raises(ValueError, match="negative"):
        RowFieldExtractorSchema(-1)


def test_encoder():
    assert Encoder.simple_string_encoder().encode(Row(1, "ä")) == "<Row(1, 'ä')>\n".encode()
    assert Encoder.simple_string_encoder("latin-1").encode("ä") == b"\xe4\n"
    with pytest.raises(NotImplementedError):
        Encoder().encode(1)


def test_base_classes():
    with pytest.raises(NotImplementedError):
        SerializationSchema().serialize(1)
    with pytest.raises(NotImplementedError):
        DeserializationSchema().deserialize(b"")
    assert DeserializationSchema().is_end_of_stream(1) is False


def test_java_objects_are_refused():
    for thing in (BulkWriterFactory(), InputFormat()):
        with pytest.raises(NoJvmError, match="Java virtual machine"):
            thing.get_java_object()


def test_serializers():
    class Pair(TypeSerializer[bytes]):
        def serialize(self, element, stream):
            stream.write(element)

        def deserialize(self, stream):
            return stream.read()

    assert Pair() == Pair() and hash(Pair()) == hash(Pair()) and Pair() != VoidNamespaceSerializer()
    assert Pair().to_bytes(b"ab") == b"ab"
    assert VoidNamespaceSerializer().to_bytes(None) == b""
    with pytest.raises(TypeError):
        TypeSerializer()


def test_unknown_module_names():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = serialization.nonsense
