#include "kube/objects/protobuf_meta.h"

#include "kube/objects/protobuf_reading.h"

namespace mpl::objects {
namespace {

constexpr std::string_view kMagic("k8s\0", 4);

// metav1.Time{1: seconds, 2: nanos}
std::optional<TimePoint> ReadTime(pbf_reader reader) {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  while (reader.next()) {
    if (reader.tag_and_type() == Varint(1)) {
      seconds = reader.get_int64();
    } else if (reader.tag_and_type() == Varint(2)) {
      nanos = reader.get_int32();
    } else {
      reader.skip();
    }
  }
  // What nanoseconds in 64 bits can say: 1678 to 2262.
  constexpr std::int64_t kLimit = 9'000'000'000;
  if (seconds < -kLimit || seconds > kLimit) return std::nullopt;
  return TimePoint(std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanos));
}

// One entry of map<string, string>: {1: key, 2: value}
void ReadMapEntry(pbf_reader reader, Labels& target) {
  std::string key, value;
  while (reader.next()) {
    if (reader.tag_and_type() == Bytes(1)) {
      key = reader.get_string();
    } else if (reader.tag_and_type() == Bytes(2)) {
      value = reader.get_string();
    } else {
      reader.skip();
    }
  }
  target.insert_or_assign(std::move(key), std::move(value));
}

ObjectMeta ReadMeta(pbf_reader reader) {
  ObjectMeta meta;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case Bytes(1):
        meta.name = reader.get_string();
        break;
      case Bytes(3):
        meta.ns = reader.get_string();
        break;
      case Bytes(5):
        meta.uid = reader.get_string();
        break;
      case Bytes(6):
        meta.resource_version = reader.get_string();
        break;
      case Varint(7):
        meta.generation = reader.get_int64();
        break;
      // A creationTimestamp that was never set comes as an empty message.
      case Bytes(8): {
        const data_view time = reader.get_view();
        if (time.size() > 0) meta.creation_timestamp = ReadTime(pbf_reader(time));
        break;
      }
      case Bytes(9):
        meta.deletion_timestamp = ReadTime(reader.get_message());
        break;
      case Bytes(11):
        ReadMapEntry(reader.get_message(), meta.labels);
        break;
      case Bytes(12):
        ReadMapEntry(reader.get_message(), meta.annotations);
        break;
      default:
        reader.skip();
    }
  }
  return meta;
}

ObjectMeta ReadObject(pbf_reader reader) {
  ObjectMeta meta;
  while (reader.next()) {
    if (reader.tag_and_type() == Bytes(1)) {
      meta = ReadMeta(reader.get_message());
    } else {
      reader.skip();
    }
  }
  return meta;
}

// metav1.ListMeta{1: selfLink, 2: resourceVersion, 3: continue}
ListMeta ReadListMeta(pbf_reader reader) {
  ListMeta meta;
  while (reader.next()) {
    if (reader.tag_and_type() == Bytes(2)) {
      meta.resource_version = reader.get_string();
    } else if (reader.tag_and_type() == Bytes(3)) {
      meta.continue_token = reader.get_string();
    } else {
      reader.skip();
    }
  }
  return meta;
}

// runtime.TypeMeta{1: apiVersion, 2: kind}
void ReadTypeMeta(pbf_reader reader, ProtobufObject& object) {
  while (reader.next()) {
    if (reader.tag_and_type() == Bytes(1)) {
      object.api_version = reader.get_string();
    } else if (reader.tag_and_type() == Bytes(2)) {
      object.kind = reader.get_string();
    } else {
      reader.skip();
    }
  }
}

// runtime.RawExtension{1: raw}
std::string_view ReadRawExtension(pbf_reader reader) {
  std::string_view raw;
  while (reader.next()) {
    if (reader.tag_and_type() == Bytes(1)) {
      raw = View(reader.get_view());
    } else {
      reader.skip();
    }
  }
  return raw;
}

// metav1.StatusCause{1: reason, 2: message, 3: field}
StatusCause ReadCause(pbf_reader reader) {
  StatusCause cause;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case Bytes(1):
        cause.reason = reader.get_string();
        break;
      case Bytes(2):
        cause.message = reader.get_string();
        break;
      case Bytes(3):
        cause.field = reader.get_string();
        break;
      default:
        reader.skip();
    }
  }
  return cause;
}

// metav1.StatusDetails{1: name, 2: group, 3: kind, 4: causes, 5: retryAfterSeconds}
StatusDetails ReadDetails(pbf_reader reader) {
  StatusDetails details;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case Bytes(1):
        details.name = reader.get_string();
        break;
      case Bytes(2):
        details.group = reader.get_string();
        break;
      case Bytes(3):
        details.kind = reader.get_string();
        break;
      case Bytes(4):
        details.causes.push_back(ReadCause(reader.get_message()));
        break;
      case Varint(5):
        details.retry_after_seconds = reader.get_int32();
        break;
      default:
        reader.skip();
    }
  }
  return details;
}

// metav1.Status{1: metadata, 2: status, 3: message, 4: reason, 5: details, 6: code}
Status ReadStatus(pbf_reader reader) {
  Status status;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case Bytes(3):
        status.message = reader.get_string();
        break;
      case Bytes(4):
        status.reason = reader.get_string();
        break;
      case Bytes(5):
        status.details = ReadDetails(reader.get_message());
        break;
      case Varint(6):
        status.code = reader.get_int32();
        break;
      default:
        reader.skip();
    }
  }
  return status;
}

}  // namespace

Result<ProtobufObject> OpenProtobufEnvelope(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) {
    return Fail(ErrorKind::kMalformed, "protobuf: does not begin with the bytes \"k8s\\0\"");
  }
  return Guard<ProtobufObject>("envelope", [&] {
    ProtobufObject object;
    pbf_reader reader(View(bytes.substr(kMagic.size())));
    while (reader.next()) {
      if (reader.tag_and_type() == Bytes(1)) {
        ReadTypeMeta(reader.get_message(), object);
      } else if (reader.tag_and_type() == Bytes(2)) {
        object.raw = View(reader.get_view());
      } else {
        reader.skip();
      }
    }
    return object;
  });
}

Result<ObjectMeta> ReadProtobufMeta(std::string_view raw) {
  return Guard<ObjectMeta>("object metadata", [&] { return ReadObject(pbf_reader(View(raw))); });
}

Result<ListMeta> ReadProtobufList(
    std::string_view raw, const std::function<Result<void>(std::string_view raw_item)>& on_item) {
  return Guard<ListMeta>("list", [&]() -> Result<ListMeta> {
    ListMeta meta;
    pbf_reader reader(View(raw));
    while (reader.next()) {
      if (reader.tag_and_type() == Bytes(1)) {
        meta = ReadListMeta(reader.get_message());
      } else if (reader.tag_and_type() == Bytes(2)) {
        if (auto taken = on_item(View(reader.get_view())); !taken) {
          return std::unexpected(std::move(taken.error()));
        }
      } else {
        reader.skip();
      }
    }
    return meta;
  });
}

Result<ProtobufWatchEvent> ReadProtobufWatchEvent(std::string_view frame) {
  // The decoder of k8s.io/apimachinery takes a frame with and without the envelope; servers send
  // metav1.WatchEvent{1: type, 2: object} inside it.
  if (frame.starts_with(kMagic)) {
    auto envelope = OpenProtobufEnvelope(frame);
    if (!envelope) return std::unexpected(std::move(envelope.error()));
    frame = envelope->raw;
  }
  return Guard<ProtobufWatchEvent>("watch event", [&] {
    ProtobufWatchEvent event;
    pbf_reader reader(View(frame));
    while (reader.next()) {
      if (reader.tag_and_type() == Bytes(1)) {
        event.type = reader.get_string();
      } else if (reader.tag_and_type() == Bytes(2)) {
        event.object = ReadRawExtension(reader.get_message());
      } else {
        reader.skip();
      }
    }
    return event;
  });
}

Result<Status> ReadProtobufStatus(std::string_view raw) {
  return Guard<Status>("status", [&] { return ReadStatus(pbf_reader(View(raw))); });
}

}  // namespace mpl::objects
