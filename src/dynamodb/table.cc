#include "dynamodb/table.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>

#include "base/error_codes.h"

namespace sallyport::dynamodb {

namespace json = boost::json;

namespace {

base::Error Unexpected(std::string message) {
  return {base::code::kService, std::move(message), ""};
}

outgoing::Call MakeCall(const Table& table, std::string_view operation, const json::object& body,
                        Credentials credentials) {
  return {.url = table.url,
          .headers = {"Content-Type: application/x-amz-json-1.0",
                      "X-Amz-Target: DynamoDB_20120810." + std::string(operation)},
          .body = json::serialize(body),
          .authenticate = [region = table.region, credentials = std::move(credentials)](
                              CURL* curl, outgoing::CurlList& headers) {
            outgoing::SignForAws(curl, headers, region, "dynamodb", *credentials);
          }};
}

json::object Text(std::string_view text) {
  return {{"S", text}};
}

const json::object* ObjectIn(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  return value ? value->if_object() : nullptr;
}

std::optional<std::string> TextIn(const json::object& object, std::string_view name) {
  const json::object* const attribute = ObjectIn(object, name);
  const json::value* const text = attribute ? attribute->if_contains("S") : nullptr;
  if (!text || !text->is_string()) return std::nullopt;
  return std::string(text->get_string());
}

// A number that is not a whole number of seconds is rounded up to one that is later.
std::optional<int64_t> SecondsIn(const json::object& object, std::string_view name) {
  const json::object* const attribute = ObjectIn(object, name);
  const json::value* const number = attribute ? attribute->if_contains("N") : nullptr;
  if (!number || !number->is_string()) return std::nullopt;
  const std::string_view text = number->get_string();
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc()) return std::nullopt;
  if (end == text.data() + text.size()) return seconds;
  // "1.5E9" and the like: whoever wrote that gets an item that has effect for ever.
  return *end == '.' && text.find_first_of("eE") == text.npos ? std::optional(seconds + 1)
                                                              : std::nullopt;
}

// What has to be true of every answer.
base::Result<json::object> ReadObject(long status, const std::string& body) {
  boost::system::error_code error;
  json::value answer = json::parse(body, error);
  json::object* const object = answer.if_object();
  if (error || !object) {
    return Unexpected("HTTP " + std::to_string(status) + " without a JSON object");
  }
  if (status == 200) return std::move(*object);
  const json::value* const type = object->if_contains("__type");
  if (!type || !type->is_string()) return Unexpected("HTTP " + std::to_string(status));
  std::string_view code = type->get_string();
  code.remove_prefix(code.rfind('#') + 1);  // npos + 1 is 0
  const std::string message = "HTTP " + std::to_string(status) + " " + std::string(code);
  return base::Error{std::string(code), message, ""};
}

json::object KeyOf(const Table& table, const std::string& key) {
  return {{table.key, Text(key)}};
}

// Asks for no more than the key and the TTL.
void Project(const Table& table, json::object& request) {
  json::object names{{"#k", table.key}};
  std::string expression = "#k";
  if (!table.ttl.empty()) {
    names["#t"] = table.ttl;
    expression += ",#t";
  }
  request["ProjectionExpression"] = expression;
  request["ExpressionAttributeNames"] = std::move(names);
}

base::Result<Item> ReadItem(const Table& table, const json::value& value) {
  const json::object* const object = value.if_object();
  auto key = object ? TextIn(*object, table.key) : std::nullopt;
  if (!key) return Unexpected("the answer has an item without a key");
  Item item{std::move(*key), {}, {}};
  if (!table.ttl.empty()) item.ttl = SecondsIn(*object, table.ttl);
  for (const auto& [name, attribute] : *object) {
    if (std::string_view(name) == table.key) continue;
    if (auto text = TextIn(*object, name)) item.texts[std::string(name)] = std::move(*text);
  }
  return item;
}

base::Result<std::vector<Item>> ReadItems(const Table& table, const std::vector<std::string>& keys,
                                          const json::array& values) {
  std::vector<Item> items;
  for (const json::value& value : values) {
    SALLYPORT_ASSIGN(Item item, ReadItem(table, value));
    if (std::find(keys.begin(), keys.end(), item.key) == keys.end()) {
      return Unexpected("the answer has an item that nobody asked for");
    }
    items.push_back(std::move(item));
  }
  return items;
}

json::object ToJson(const Table& table, const Item& item) {
  json::object object = KeyOf(table, item.key);
  if (item.ttl && !table.ttl.empty()) object[table.ttl] = {{"N", std::to_string(*item.ttl)}};
  for (const auto& [name, text] : item.texts) object[name] = Text(text);
  return object;
}

}  // namespace

const char* WhyNoTable(const Table& table) {
  return table.key == table.ttl ? "key and ttl are the same attribute" : nullptr;
}

// ---- Reads

outgoing::Call Get(const Table& table, const std::vector<std::string>& keys,
                   Credentials credentials) {
  json::object request{{"ConsistentRead", true}};
  Project(table, request);
  if (keys.size() == 1) {
    request["TableName"] = table.name;
    request["Key"] = KeyOf(table, keys.front());
    return MakeCall(table, "GetItem", request, std::move(credentials));
  }
  json::array all;
  for (const std::string& key : keys) all.emplace_back(KeyOf(table, key));
  request["Keys"] = std::move(all);
  const json::object batch{{"RequestItems", {{table.name, std::move(request)}}}};
  return MakeCall(table, "BatchGetItem", batch, std::move(credentials));
}

base::Result<std::vector<Item>> ReadGet(const Table& table, const std::vector<std::string>& keys,
                                        long status, const std::string& body) {
  SALLYPORT_ASSIGN(const json::object answer, ReadObject(status, body));
  if (keys.size() == 1) {
    const json::value* const item = answer.if_contains("Item");
    return ReadItems(table, keys, item ? json::array{*item} : json::array());
  }
  const json::object* const left = ObjectIn(answer, "UnprocessedKeys");
  const json::object* const tables = ObjectIn(answer, "Responses");
  if (!left || !tables) return Unexpected("the answer to BatchGetItem is not complete");
  if (!left->empty()) return Unexpected("the table had no capacity for all keys");
  const json::value* const items = tables->if_contains(table.name);
  if (!items || !items->is_array()) return Unexpected("the answer is not about the table");
  return ReadItems(table, keys, items->get_array());
}

outgoing::Call GetWhole(const Table& table, const std::string& key, Credentials credentials) {
  const json::object request{
      {"TableName", table.name}, {"Key", KeyOf(table, key)}, {"ConsistentRead", true}};
  return MakeCall(table, "GetItem", request, std::move(credentials));
}

base::Result<std::optional<Item>> ReadGetWhole(const Table& table, const std::string& key,
                                               long status, const std::string& body) {
  SALLYPORT_ASSIGN(auto items, ReadGet(table, {key}, status, body));
  if (items.empty()) return std::optional<Item>();
  return std::optional<Item>(std::move(items.front()));
}

// ---- Writes

outgoing::Call Put(const Table& table, const std::vector<Item>& items, Credentials credentials) {
  json::array puts;
  for (const Item& item : items) {
    puts.emplace_back(json::object{{"PutRequest", {{"Item", ToJson(table, item)}}}});
  }
  const json::object request{{"RequestItems", {{table.name, std::move(puts)}}}};
  return MakeCall(table, "BatchWriteItem", request, std::move(credentials));
}

base::Result<std::vector<Item>> ReadPut(const Table& table, const std::vector<Item>& items,
                                        long status, const std::string& body) {
  SALLYPORT_ASSIGN(const json::object answer, ReadObject(status, body));
  const json::object* const left = ObjectIn(answer, "UnprocessedItems");
  if (!left) return Unexpected("the answer to BatchWriteItem is not complete");
  const json::value* const puts = left->if_contains(table.name);
  if (!puts && left->empty()) return std::vector<Item>();
  if (!puts || !puts->is_array()) return Unexpected("the answer is not about the table");
  std::vector<Item> unwritten;
  for (const json::value& put : puts->get_array()) {
    const json::object* const request =
        put.is_object() ? ObjectIn(put.get_object(), "PutRequest") : nullptr;
    const json::object* const object = request ? ObjectIn(*request, "Item") : nullptr;
    const auto key = object ? TextIn(*object, table.key) : std::nullopt;
    const auto item =
        std::find_if(items.begin(), items.end(), [&key](const Item& i) { return i.key == key; });
    if (item == items.end()) return Unexpected("the answer has an item that nobody has written");
    unwritten.push_back(*item);
  }
  return unwritten;
}

outgoing::Call Replace(const Table& table, const std::optional<Item>& before, const Item& after,
                       Credentials credentials) {
  json::object names{{"#k", table.key}};
  json::object request{{"TableName", table.name}, {"Item", ToJson(table, after)}};
  std::string condition = "attribute_not_exists(#k)";
  if (before) {
    condition = "attribute_exists(#k)";
    json::object values;
    for (const auto& [name, text] : before->texts) {
      const std::string number = std::to_string(values.size());
      names["#a" + number] = name;
      values[":a" + number] = Text(text);
      condition.append(" AND #a").append(number).append(" = :a").append(number);
    }
    if (!values.empty()) request["ExpressionAttributeValues"] = std::move(values);
  }
  request["ConditionExpression"] = condition;
  request["ExpressionAttributeNames"] = std::move(names);
  return MakeCall(table, "PutItem", request, std::move(credentials));
}

base::Status ReadReplace(long status, const std::string& body) {
  const auto answer = ReadObject(status, body);
  if (!answer) return answer.error();
  return {};
}

}  // namespace sallyport::dynamodb
