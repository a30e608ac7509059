"""Reads Kubernetes' protobuf form without its schema: field numbers, wire types, nesting.

Envelope: "k8s\\0" and runtime.Unknown {1: {1: apiVersion, 2: kind}, 2: raw}; k8s.io/apimachinery
pkg/runtime/serializer/protobuf. Wire format: protobuf.dev/programming-guides/encoding.
"""
MAGIC = b"k8s\0"
TEXT = set(range(32, 127)) | {9, 10, 13}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
        if shift > 63:
            raise ValueError("varint of more than 64 bits")


def fields(data):
    """[(number, wire type, value)] of a message; ValueError when it is none."""
    found, at = [], 0
    try:
        while at < len(data):
            tag, at = varint(data, at)
            number, wire = tag >> 3, tag & 7
            if wire == 0:
                value, at = varint(data, at)
            elif wire == 2:
                size, at = varint(data, at)
                value, at = data[at:at + size], at + size
                if at > len(data):
                    raise ValueError("a field runs past the end")
            else:
                raise ValueError(f"wire type {wire}")
            if number == 0:
                raise ValueError("field number 0")
            found.append((number, wire, value))
    except IndexError as fault:
        raise ValueError("ends within a field") from fault
    return found


def tree(data, left_out):
    """Nested [number, content] pairs; numbers and moving values only by their kind. Fields that are zero or
    empty, messages too, mean the same as none, so they are not there; nor are entries of maps {1: key, 2: value} whose key
    is in `left_out`."""
    result = []
    for number, wire, value in fields(data):
        if not value:
            continue
        if wire == 0:
            result.append([number, "<number>"])
            continue
        try:
            nested = tree(value, left_out)
        except ValueError:
            nested = None
        if nested is None or (value[0] >= 32 and set(value) <= TEXT):
            text = value.decode(errors="replace")
            nested = "<quantity>" if text[:1].isdigit() else text
        if isinstance(nested, list) and (not nested or nested[0] in [[1, key] for key in left_out]):
            continue
        result.append([number, nested])
    return result


def shape(body, left_out=()):
    if not body.startswith(MAGIC):
        raise ValueError("does not begin with the magic bytes k8s\\0")
    envelope = {number: value for number, _, value in fields(body[len(MAGIC):])}
    return {"type": [value.decode() for _, _, value in fields(envelope[1])], "fields": sorted(number for number, value in envelope.items() if value),
            "object": tree(envelope[2], left_out)}
