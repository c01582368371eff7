// A table of DynamoDB whose items are found by one string. Functions here make calls and read their
// answers; who makes the calls decides when.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/Welcome.html
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "outgoing/aws.h"
#include "outgoing/calls.h"

namespace sallyport::dynamodb {

using Credentials = std::shared_ptr<const outgoing::AwsCredentials>;

struct Table {
  std::string url;  // for example "https://dynamodb.eu-west-1.amazonaws.com"
  std::string region;
  std::string name;
  std::string key;  // the name of the partition key, a string; there is no sort key
  std::string ttl;  // the attribute with Unix seconds from which an item has no effect; empty: none
};

// nullptr: the key and the TTL can have these names; otherwise a static text that says why not.
const char* WhyNoTable(const Table& table);

struct Item {
  std::string key;
  std::optional<int64_t> ttl;  // Unix seconds
  std::map<std::string, std::string> texts = {};
};

// The greatest number of keys or items in one call.
inline constexpr size_t kMostGets = 100;
inline constexpr size_t kMostPuts = 25;

// An error's code is the service's ("ProvisionedThroughputExceededException"), or
// base::code::kService where the answer is not one of the service. None of the functions accepts an
// answer that could mean something else than what it returns.

// ---- Reads, strongly consistent. GetItem for one key, BatchGetItem for several. Only the key and
// the TTL are asked for. Precondition: 1 to kMostGets keys, no two of them equal.
outgoing::Call Get(const Table& table, const std::vector<std::string>& keys,
                   Credentials credentials);
// The items that exist, of those keys. An answer for only some of the keys is an error.
base::Result<std::vector<Item>> ReadGet(const Table& table, const std::vector<std::string>& keys,
                                        long status, const std::string& body);

// One item with its texts, strongly consistent.
outgoing::Call GetWhole(const Table& table, const std::string& key, Credentials credentials);
base::Result<std::optional<Item>> ReadGetWhole(const Table& table, const std::string& key,
                                               long status, const std::string& body);

// ---- Writes (BatchWriteItem). An item that exists is replaced. Precondition: 1 to kMostPuts
// items, no two of them with the same key.
outgoing::Call Put(const Table& table, const std::vector<Item>& items, Credentials credentials);
// The items that were not written, because the service had no capacity for them.
base::Result<std::vector<Item>> ReadPut(const Table& table, const std::vector<Item>& items,
                                        long status, const std::string& body);

// Replaces the item `before` by `after` (PutItem), which have the same key, unless the item that
// exists has other texts than `before`; nullopt: no item exists. If that is so, the answer is an
// error with base::code::kConditionalCheckFailed.
outgoing::Call Replace(const Table& table, const std::optional<Item>& before, const Item& after,
                       Credentials credentials);
base::Status ReadReplace(long status, const std::string& body);

}  // namespace sallyport::dynamodb
