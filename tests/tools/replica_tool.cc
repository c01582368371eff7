// replica_tool PATH [WORDS]: writes a Replica and signs tokens for it as a test says, in place of
// server and agent. It reads one command a line from standard input, and answers each with a line,
// "ok ..." or "error ...". When the input ends the process ends, and its lease ends as that of a
// killed agent does.
//
// clang-format off
//   key NAME                      makes a key pair
//   publish NAME ISSUER KID       ok JWK: its public half is written to the Replica
//   withdraw ISSUER KID
//   sign NAME KID PAYLOAD         ok TOKEN; PAYLOAD is JSON, up to the end of the line
//   revoke KIND SUBJECT           KIND: family event jti client pool
//   fill COUNT                    writes that many random revocations
//   lease MILLIS                  one lease, which ends after MILLIS
//   hold MILLIS                   a lease of MILLIS, renewed until `let-go` or the end of input
//   let-go                        no more renewals; the present lease runs out
//   end-lease                     ends the lease at once
//   epoch                         the next lease is a new one, and not the old one renewed
//   renew-file                    a new file with the same content gets the name; the old one is superseded
// clang-format on
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "jose/key.h"
#include "revocation/replica_image.h"

namespace sallyport {
namespace {

using base::SystemClock;
using revocation::KeyMaterial;
using revocation::Kind;
using revocation::ReplicaImage;

constexpr uint64_t kKeys = 64;
constexpr uint64_t kTableWords = 1 << 18;

std::string Bytes(std::span<const uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

class Tool {
 public:
  Tool(std::string path, uint64_t words)
      : path_(std::move(path)), shape_{.key_capacity = kKeys, .table_capacity = words} {}

  base::Status Start() {
    SALLYPORT_ASSIGN(host_, revocation::ReadHostIdentity());
    hash_key_ = {base::RandomU64(), base::RandomU64()};
    SALLYPORT_ASSIGN(ReplicaImage image, MakeFile());
    image_ = std::make_unique<ReplicaImage>(std::move(image));
    return {};
  }

  // Milliseconds until RenewIfDue has something to do; -1: it never has.
  int RenewIn() const {
    if (hold_millis_ == 0) return -1;
    return static_cast<int>(std::max<int64_t>(0, renew_at_ - Millis()));
  }
  void RenewIfDue() {
    if (RenewIn() == 0) Lease(hold_millis_);
  }

  std::string Run(const std::string& line) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "key") return MakeKey(words);
    if (command == "publish") return Publish(words);
    if (command == "withdraw") return Withdraw(words);
    if (command == "sign") return Sign(words);
    if (command == "revoke") return Revoke(words);
    if (command == "fill") return Fill(words);
    if (command == "lease") return Lease(Number(words));
    if (command == "hold") return Lease(hold_millis_ = Number(words));
    if (command == "let-go") return hold_millis_ = 0, "ok";
    if (command == "end-lease") return hold_millis_ = 0, image_->EndLease(), "ok";
    if (command == "epoch") return ++epoch_, "ok";
    if (command == "renew-file") return RenewFile();
    return "error no command " + command;
  }

 private:
  static int64_t Millis() { return SystemClock::Get().BootNanos() / 1'000'000; }

  static int64_t Number(std::istream& words) {
    int64_t number = 0;
    words >> number;
    return number;
  }

  base::Result<ReplicaImage> MakeFile() {
    const std::string fresh = path_ + ".new";
    unlink(fresh.c_str());
    revocation::LogId log{};
    log[0] = 1;
    SALLYPORT_ASSIGN(ReplicaImage image,
                     ReplicaImage::Create(fresh, shape_, log, hash_key_, host_));
    for (bool all = false; !all;) {
      SALLYPORT_ASSIGN(all, image.AllocateTable(1 << 24));
    }
    SALLYPORT_TRY(image.TakeName(path_));
    return image;
  }

  std::string MakeKey(std::istream& words) {
    std::string name;
    words >> name;
    auto key = jose::SigningKey::Generate();
    if (!key) return "error " + key.error().cause;
    keys_.insert_or_assign(name, std::move(key).value());
    return "ok";
  }

  std::string Publish(std::istream& words) {
    std::string name, issuer, kid;
    words >> name >> issuer >> kid;
    const auto key = keys_.find(name);
    if (key == keys_.end()) return "error no key " + name;
    const jose::PublicKey half = key->second.ToPublic();
    const KeyMaterial material{Bytes(half.n()), Bytes(half.e())};
    return image_->PublishKey(issuer, kid, material) ? "ok " + half.ToJwk(kid) : "error too long";
  }

  std::string Withdraw(std::istream& words) {
    std::string issuer, kid;
    words >> issuer >> kid;
    image_->WithdrawKey(issuer, kid);
    return "ok";
  }

  std::string Sign(std::istream& words) {
    std::string name, kid, payload;
    words >> name >> kid >> std::ws;
    std::getline(words, payload);
    const auto key = keys_.find(name);
    if (key == keys_.end()) return "error no key " + name;
    auto token = key->second.SignJwt(kid, payload);
    return token ? "ok " + *token : "error " + token.error().cause;
  }

  std::string Revoke(std::istream& words) {
    static const std::map<std::string, Kind> kinds = {{"family", Kind::kFamily},
                                                      {"event", Kind::kEvent},
                                                      {"jti", Kind::kJti},
                                                      {"client", Kind::kClient},
                                                      {"pool", Kind::kPool}};
    std::string kind, subject;
    words >> kind >> subject;
    const auto found = kinds.find(kind);
    if (found == kinds.end()) return "error no kind " + kind;
    image_->Insert(image_->Hash(found->second, subject), ReplicaImage::kKeepForever);
    return "ok";
  }

  std::string Fill(std::istream& words) {
    const int64_t count = Number(words);
    if (image_->entries() + static_cast<uint64_t>(count) > shape_.table_capacity / 2) {
      return "error the table is too small";
    }
    for (int64_t i = 0; i < count; ++i) {
      image_->Insert(image_->Hash(Kind::kFamily, "filler-" + std::to_string(i)),
                     ReplicaImage::kKeepForever);
    }
    return "ok";
  }

  std::string Lease(int64_t millis) {
    const SystemClock& clock = SystemClock::Get();
    const int64_t now = clock.BootNanos();
    const int64_t ttl = millis * 1'000'000;
    image_->SetLease({.epoch = epoch_,
                      .expiry = now + ttl,
                      .ttl = ttl,
                      .wall_offset = clock.WallMillis() - now / 1'000'000});
    renew_at_ = Millis() + millis / 4;
    return "ok";
  }

  std::string RenewFile() {
    auto fresh = MakeFile();
    if (!fresh) return "error " + fresh.error().cause;
    if (!fresh->CopyTable(*image_, 0, shape_.table_capacity, 0) || !fresh->CopyKeys(*image_)) {
      return "error the file was written over";
    }
    fresh->CopyLease(*image_, revocation::kForgetNothing, 0);
    image_->Supersede();
    image_ = std::make_unique<ReplicaImage>(std::move(fresh).value());
    return "ok";
  }

  std::string path_;
  revocation::ReplicaShape shape_;
  revocation::HostIdentity host_;
  revocation::SipKey hash_key_{};
  std::unique_ptr<ReplicaImage> image_;
  std::map<std::string, jose::SigningKey> keys_;
  uint64_t epoch_ = 1;
  int64_t hold_millis_ = 0;
  int64_t renew_at_ = 0;
};

// The next line of standard input; leases are renewed meanwhile. nullopt: the input ended.
std::optional<std::string> NextLine(std::string& buffer, Tool& tool) {
  for (;;) {
    if (const size_t end = buffer.find('\n'); end != std::string::npos) {
      std::string line = buffer.substr(0, end);
      buffer.erase(0, end + 1);
      return line;
    }
    tool.RenewIfDue();
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, tool.RenewIn()) == 0) continue;
    char bytes[65536];
    const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count <= 0) return std::nullopt;
    buffer.append(bytes, static_cast<size_t>(count));
  }
}

}  // namespace
}  // namespace sallyport

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::cerr << "usage: replica_tool PATH [WORDS]\n";
    return 2;
  }
  sallyport::Tool tool(argv[1], argc == 3 ? std::stoull(argv[2]) : sallyport::kTableWords);
  if (const auto status = tool.Start(); !status) {
    std::cerr << "error: " << status.error().cause << '\n';
    return 1;
  }
  std::string buffer;
  while (const auto line = sallyport::NextLine(buffer, tool)) {
    std::cout << tool.Run(*line) << std::endl;
    tool.RenewIfDue();
  }
  return 0;
}
