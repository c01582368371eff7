#include "scratch_replica.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>

namespace sallyport::authorizer {
namespace {

using revocation::KeyMaterial;
using revocation::Kind;
using revocation::Revocation;

void Require(const base::Status& status) {
  if (status) return;
  std::fprintf(stderr, "%s\n", status.error().cause.c_str());
  std::abort();
}

std::string Text(std::span<const uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

std::optional<KeyMaterial> ParseKey(std::string_view jwk) {
  const auto key = jose::PublicKey::FromJwk(jwk, nullptr);
  if (!key) return std::nullopt;
  return KeyMaterial{Text(key->n()), Text(key->e())};
}

std::string KeyName(std::string_view issuer, std::string_view kid) {
  return std::string(issuer) + ' ' + std::string(kid);
}

}  // namespace

ScratchReplica::ScratchReplica(const base::Clock& clock) : clock_(clock) {
  // In memory, as in /run, if that is possible.
  for (std::string name :
       {"/dev/shm/sallyport-authorizer-XXXXXX", "/tmp/sallyport-authorizer-XXXXXX"}) {
    if (!mkdtemp(name.data())) continue;
    directory_ = name;
    break;
  }
  if (directory_.empty() || chmod(directory_.c_str(), 0755) != 0) std::abort();
  path_ = directory_ + "/replica";
  StartWriter();
  Replace({});
}

ScratchReplica::~ScratchReplica() {
  writer_.reset();
  std::filesystem::remove_all(directory_);
}

void ScratchReplica::StartWriter() {
  revocation::ReplicaWriter::Options options;
  options.path = path_;
  options.parse_key = ParseKey;
  options.clock = &clock_;
  auto writer = revocation::ReplicaWriter::Open(std::move(options));
  Require(writer ? base::Status() : base::Status(writer.error()));
  writer_ = std::move(writer).value();
}

Revocation ScratchReplica::KeyEntry(std::string_view issuer, std::string_view kid,
                                    const jose::PublicKey& key) {
  return {Kind::kKeyPublished, KeyName(issuer, kid), key.ToJwk(kid), revocation::kNever};
}

void ScratchReplica::Publish(std::string_view issuer, std::string_view kid,
                             const jose::PublicKey& key) {
  Apply({KeyEntry(issuer, kid, key)});
}

void ScratchReplica::Withdraw(std::string_view issuer, std::string_view kid) {
  Apply({{Kind::kKeyWithdrawn, KeyName(issuer, kid), "", revocation::kNever}});
}

void ScratchReplica::Revoke(Kind kind, std::string_view subject) {
  Apply({{kind, std::string(subject), "", clock_.WallSeconds() + 100'000}});
}

void ScratchReplica::Apply(const std::vector<Revocation>& revocations) {
  position_.sequence += revocations.size();
  Require(writer_->Apply(revocations, position_));
}

void ScratchReplica::Lease(uint64_t epoch, int64_t ttl_millis, int64_t wall_ahead_millis) {
  revocation::LeaseGrant grant;
  grant.epoch = epoch;
  grant.ttl = ttl_millis * 1'000'000;
  grant.expiry = clock_.BootNanos() + grant.ttl;
  grant.wall_offset = clock_.WallMillis() + wall_ahead_millis - clock_.BootNanos() / 1'000'000;
  if (!writer_->SetLease(grant)) std::abort();
}

void ScratchReplica::Replace(const std::vector<Revocation>& revocations) {
  Require(writer_->BeginSnapshot(log_, revocations.size()));
  Require(writer_->AddToSnapshot(revocations));
  position_.sequence += 1000;
  Require(writer_->EndSnapshot(position_));
}

}  // namespace sallyport::authorizer
