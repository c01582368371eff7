#include "revocation/frame.h"

#include "revocation/wire.h"

namespace sallyport::revocation {
namespace {

// The first byte of a frame. An Agent's types are below 16, the server's begin with 16.
enum class Type : uint8_t {
  kHello = 1,
  kAck = 2,
  kRenew = 3,
  kAsk = 4,
  kWelcome = 16,
  kSnapshotBegin = 17,
  kSnapshotPage = 18,
  kSnapshotEnd = 19,
  kEntries = 20,
  kGrant = 21,
  kNoGrant = 22,
  kGoodbye = 23,
  kAskedPosition = 24,
  kNoPosition = 25,
};

// kind, keep_until, two lengths.
constexpr size_t kRevocationOverhead = 1 + 8 + 2 + 2;

base::Error Invalid(std::string cause) {
  return {"invalid_frame", "invalid feed frame", std::move(cause)};
}

// ---- Encoding

void Put(WireWriter& out, Type type) {
  out.Int(static_cast<uint8_t>(type));
}
void Put(WireWriter& out, const LogPosition& position) {
  out.Int(position.sequence);
  out.Bytes(position.hash);
}
void PutCut(WireWriter& out, std::string_view text) {
  out.Text<uint16_t>(text.substr(0, kMaxTextBytes));
}
void Put(WireWriter& out, const std::vector<Revocation>& revocations) {
  out.Int(static_cast<uint32_t>(revocations.size()));
  for (const Revocation& revocation : revocations) {
    out.Int(static_cast<uint8_t>(revocation.kind));
    out.Int(revocation.keep_until);
    out.Text<uint16_t>(revocation.subject);
    out.Text<uint16_t>(revocation.detail);
  }
}

// From this version on, frames have marks, and grants say what may be forgotten.
constexpr uint16_t kMarked = 2;

// Whoever asks has no lease, so in that version nothing about leases can be said.
bool IsOf(Type type, uint16_t version) {
  switch (type) {
    case Type::kAsk:
    case Type::kAskedPosition:
    case Type::kNoPosition:
      return version == kAskingVersion;
    case Type::kAck:
    case Type::kRenew:
    case Type::kGrant:
    case Type::kNoGrant:
      return version != kAskingVersion;
    default:
      return true;
  }
}

struct Encoder {
  WireWriter& out;
  const uint16_t version;

  void PutMark(const PositionMark& mark) {
    if (version >= kMarked) out.Bytes(mark);
  }

  void operator()(const Hello& hello) {
    Put(out, Type::kHello);
    out.Int(hello.version);
    out.Bytes(hello.instance);
    out.Bytes(hello.log);
    Put(out, hello.position);
    PutMark(hello.mark);
    if (version >= kMarked) out.Int(static_cast<uint8_t>(hello.holds_lease ? 1 : 0));
    PutCut(out, hello.name);
  }
  void operator()(const Ack& ack) {
    Put(out, Type::kAck);
    out.Int(ack.sequence);
  }
  void operator()(const Renew& renew) {
    Put(out, Type::kRenew);
    out.Int(renew.nonce);
  }
  void operator()(const Welcome& welcome) {
    Put(out, Type::kWelcome);
    out.Int(static_cast<uint8_t>(welcome.resume));
    out.Bytes(welcome.log);
    out.Int(welcome.ttl_millis);
  }
  void operator()(const SnapshotBegin& begin) {
    Put(out, Type::kSnapshotBegin);
    Put(out, begin.position);
    out.Int(begin.entries);
  }
  void operator()(const SnapshotPage& page) {
    Put(out, Type::kSnapshotPage);
    Put(out, page.revocations);
  }
  void operator()(const SnapshotEnd& end) {
    Put(out, Type::kSnapshotEnd);
    PutMark(end.mark);
  }
  void operator()(const Entries& entries) {
    Put(out, Type::kEntries);
    Put(out, entries.position);
    PutMark(entries.mark);
    Put(out, entries.revocations);
  }
  void operator()(const Grant& grant) {
    Put(out, Type::kGrant);
    out.Int(grant.nonce);
    out.Int(grant.epoch);
    out.Int(grant.ttl_millis);
    out.Int(grant.wall_millis);
    if (version >= kMarked) out.Int(grant.forget_before);
  }
  void operator()(const NoGrant& none) {
    Put(out, Type::kNoGrant);
    out.Int(none.nonce);
    PutCut(out, none.reason);
  }
  void operator()(const Goodbye& goodbye) {
    Put(out, Type::kGoodbye);
    PutCut(out, goodbye.reason);
  }
  void operator()(const Ask& ask) {
    Put(out, Type::kAsk);
    out.Int(ask.nonce);
  }
  void operator()(const AskedPosition& position) {
    Put(out, Type::kAskedPosition);
    out.Int(position.nonce);
    out.Int(position.sequence);
    out.Int(position.wall_millis);
    out.Int(position.forget_before);
  }
  void operator()(const NoPosition& none) {
    Put(out, Type::kNoPosition);
    out.Int(none.nonce);
    PutCut(out, none.reason);
  }
};

// ---- Decoding. Each function gives nullopt where a value is out of range; the reader checks
// lengths.

PositionMark TakeMark(WireReader& in, uint16_t version) {
  PositionMark mark{};
  if (version >= kMarked) in.Bytes(mark);
  return mark;
}

LogPosition TakePosition(WireReader& in) {
  LogPosition position;
  position.sequence = in.Int<uint64_t>();
  in.Bytes(position.hash);
  return position;
}

std::optional<std::vector<Revocation>> TakeRevocations(WireReader& in) {
  const uint32_t count = in.Int<uint32_t>();
  if (!in.ok() || count > in.remaining() / (kRevocationOverhead + 1)) return std::nullopt;
  std::vector<Revocation> revocations;
  revocations.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    Revocation revocation;
    const auto kind = in.Int<uint8_t>();
    if (kind < static_cast<uint8_t>(Kind::kFamily) ||
        kind > static_cast<uint8_t>(Kind::kKeyWithdrawn)) {
      return std::nullopt;
    }
    revocation.kind = static_cast<Kind>(kind);
    revocation.keep_until = in.Int<int64_t>();
    revocation.subject = in.Text<uint16_t>(kMaxSubjectBytes);
    revocation.detail = in.Text<uint16_t>(kMaxDetailBytes);
    if (!in.ok() || revocation.subject.empty()) return std::nullopt;
    revocations.push_back(std::move(revocation));
  }
  return revocations;
}

std::optional<Frame> TakeHello(WireReader& in, uint16_t version) {
  Hello hello;
  hello.version = in.Int<uint16_t>();
  if (hello.version != version) return std::nullopt;
  in.Bytes(hello.instance);
  in.Bytes(hello.log);
  hello.position = TakePosition(in);
  hello.mark = TakeMark(in, version);
  const uint8_t lease = version >= kMarked ? in.Int<uint8_t>() : uint8_t{0};
  if (lease > (version == kAskingVersion ? 0 : 1)) return std::nullopt;
  hello.holds_lease = lease == 1;
  hello.name = in.Text<uint16_t>(kMaxTextBytes);
  return hello;
}

std::optional<Frame> TakeWelcome(WireReader& in) {
  Welcome welcome;
  const auto resume = in.Int<uint8_t>();
  if (resume != static_cast<uint8_t>(Resume::kTail) &&
      resume != static_cast<uint8_t>(Resume::kSnapshot)) {
    return std::nullopt;
  }
  welcome.resume = static_cast<Resume>(resume);
  in.Bytes(welcome.log);
  welcome.ttl_millis = in.Int<uint32_t>();
  if (welcome.ttl_millis == 0) return std::nullopt;
  return welcome;
}

std::optional<Frame> TakeEntries(WireReader& in, uint16_t version) {
  Entries entries;
  entries.position = TakePosition(in);
  entries.mark = TakeMark(in, version);
  auto revocations = TakeRevocations(in);
  if (!revocations) return std::nullopt;
  entries.revocations = *std::move(revocations);
  return entries;
}

std::optional<Frame> TakeSnapshotPage(WireReader& in) {
  auto revocations = TakeRevocations(in);
  if (!revocations) return std::nullopt;
  return SnapshotPage{*std::move(revocations)};
}

std::optional<Frame> TakeGrant(WireReader& in, uint16_t version) {
  Grant grant;
  grant.nonce = in.Int<uint64_t>();
  grant.epoch = in.Int<uint64_t>();
  grant.ttl_millis = in.Int<uint32_t>();
  grant.wall_millis = in.Int<int64_t>();
  if (version >= kMarked) grant.forget_before = in.Int<int64_t>();
  if (grant.epoch == 0 || grant.ttl_millis == 0) return std::nullopt;
  return grant;
}

Frame TakeAskedPosition(WireReader& in) {
  AskedPosition position;
  position.nonce = in.Int<uint64_t>();
  position.sequence = in.Int<uint64_t>();
  position.wall_millis = in.Int<int64_t>();
  position.forget_before = in.Int<int64_t>();
  return position;
}

std::optional<Frame> TakeBody(Type type, WireReader& in, uint16_t version) {
  if (!IsOf(type, version)) return std::nullopt;
  switch (type) {
    case Type::kHello:
      return TakeHello(in, version);
    case Type::kAck:
      return Ack{in.Int<uint64_t>()};
    case Type::kRenew:
      return Renew{in.Int<uint64_t>()};
    case Type::kWelcome:
      return TakeWelcome(in);
    case Type::kSnapshotBegin: {
      const LogPosition position = TakePosition(in);
      return SnapshotBegin{position, in.Int<uint64_t>()};
    }
    case Type::kSnapshotPage:
      return TakeSnapshotPage(in);
    case Type::kSnapshotEnd:
      return SnapshotEnd{TakeMark(in, version)};
    case Type::kEntries:
      return TakeEntries(in, version);
    case Type::kGrant:
      return TakeGrant(in, version);
    case Type::kNoGrant: {
      const auto nonce = in.Int<uint64_t>();
      return NoGrant{nonce, std::string(in.Text<uint16_t>(kMaxTextBytes))};
    }
    case Type::kGoodbye:
      return Goodbye{std::string(in.Text<uint16_t>(kMaxTextBytes))};
    case Type::kAsk:
      return Ask{in.Int<uint64_t>()};
    case Type::kAskedPosition:
      return TakeAskedPosition(in);
    case Type::kNoPosition: {
      const auto nonce = in.Int<uint64_t>();
      return NoPosition{nonce, std::string(in.Text<uint16_t>(kMaxTextBytes))};
    }
  }
  return std::nullopt;
}

}  // namespace

size_t EncodedSize(const Revocation& revocation) {
  return kRevocationOverhead + revocation.subject.size() + revocation.detail.size();
}

std::string Encode(const Frame& frame, uint16_t version) {
  WireWriter out;
  std::visit(Encoder{out, version}, frame);
  return std::move(out).Take();
}

base::Result<Frame> Decode(std::string_view bytes, uint16_t version) {
  if (bytes.empty()) return Invalid("empty");
  if (bytes.size() > kMaxFrameBytes) return Invalid("too long");
  WireReader in(bytes);
  const auto type = in.Int<uint8_t>();
  std::optional<Frame> frame = TakeBody(static_cast<Type>(type), in, version);
  const std::string where = " in a frame of type " + std::to_string(type);
  if (!in.ok()) return Invalid("ends too early, or has a text that is too long" + where);
  if (!frame) return Invalid("a value out of range" + where);
  if (in.remaining() != 0) return Invalid("bytes left over" + where);
  return *std::move(frame);
}

std::optional<uint16_t> HelloVersion(std::string_view bytes) {
  WireReader in(bytes);
  const auto type = in.Int<uint8_t>();
  const auto version = in.Int<uint16_t>();
  if (!in.ok() || type != static_cast<uint8_t>(Type::kHello)) return std::nullopt;
  return version;
}

}  // namespace sallyport::revocation
