#include "fixture.h"

#include <cstdlib>
#include <filesystem>

#include "store/sqlite/sqlite_store.h"
#include "wire_record.h"

namespace sallyport::operations {

namespace json = boost::json;

json::value Reply::At(std::string_view path) const {
  json::value value = body;
  while (!path.empty()) {
    size_t dot = path.find('.');
    std::string_view name = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    json::value next;
    if (const json::object* object = value.if_object()) {
      if (const json::value* member = object->if_contains(name)) next = *member;
    } else if (const json::array* array = value.if_array()) {
      size_t index = std::stoul(std::string(name));
      if (index < array->size()) next = (*array)[index];
    }
    value = next;
  }
  return value;
}

std::string Reply::Text(std::string_view path) const {
  json::value value = At(path);
  return value.is_string() ? std::string(value.as_string()) : std::string();
}

testing::AssertionResult Succeeded(const Reply& reply) {
  if (reply.ok()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << reply.status << " " << reply.code << ": " << reply.message
                                     << " (" << reply.cause << ")";
}

testing::AssertionResult FailedWith(const Reply& reply, std::string_view code,
                                    std::string_view message) {
  if (reply.code == code && reply.message == message) return testing::AssertionSuccess();
  return testing::AssertionFailure() << reply.status << " " << reply.code << ": " << reply.message
                                     << " (" << reply.cause << ") " << json::serialize(reply.body);
}

json::object CaseInsensitive(json::object more) {
  more["UsernameConfiguration"] = {{"CaseSensitive", false}};
  return more;
}

OperationTest::OperationTest() {
  std::string path = (std::filesystem::temp_directory_path() / "sallyport-test-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) std::abort();
  directory_ = path;
  // The lowest cost that Argon2 allows: the tests are not about its cost.
  settings_.argon2_memory_kib = 8;
  settings_.argon2_iterations = 1;
  Open();
}

OperationTest::~OperationTest() {
  Close();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void OperationTest::Open() {
  const std::string data = directory_ + "/data";
  auto store = open_store != nullptr ? open_store(data) : store::OpenSqlite(data);
  if (!store) {
    ADD_FAILURE() << store.error().message << store.error().cause;
    std::abort();
  }
  store_ = std::move(*store);
  keys_ = std::make_unique<domain::KeyRing>(*store_, vault_);
  passwords_ = std::make_unique<domain::PasswordHasher>(
      settings_.argon2_memory_kib, settings_.argon2_iterations, settings_.argon2_parallelism);
  auto time = store::ServerTime::Open(*store_, clock_);
  if (!time) std::abort();
  time_ = std::move(*time);
  families_ = std::make_unique<domain::FamilyKeeper>(*store_, *time_);
  password_looks_ = std::make_unique<domain::PasswordLooks>();
  UseStore(*store_);
}

void OperationTest::UseStore(store::Store& store) {
  dispatcher_.reset();
  services_ = std::make_unique<domain::Services>(
      domain::Services{.settings = settings_,
                       .clock = *time_,
                       .store = store,
                       .keys = *keys_,
                       .passwords = *passwords_,
                       .vault = vault_,
                       .families = *families_,
                       .password_looks = *password_looks_,
                       .issuing_stopped = [this] { return issuing_stopped_; },
                       .hooks = &hooks_});
  dispatcher_ = std::make_unique<Dispatcher>(*services_, Dispatcher::Answers::kChecked);
}

void OperationTest::Close() {
  dispatcher_.reset();
  services_.reset();
  families_.reset();
  passwords_.reset();
  keys_.reset();
  time_.reset();
  store_.reset();
}

void OperationTest::Restart() {
  Close();
  Open();
}

Reply OperationTest::Call(std::string_view operation, std::string_view input) {
  std::string target = "AWSCognitoIdentityProviderService." + std::string(operation);
  Request request;
  request.target = target;
  request.body = input;
  request.request_id = "00000000-0000-4000-8000-000000000000";
  request.source_ip = "192.0.2.1";
  request.user_agent = "test";
  request.verify_signature = [this] { return signed_region_; };
  Answer answer(store::Wait::NothingRevoked());
  if (auto prepared = dispatcher_->Prepare(std::move(request), &answer)) {
    answer = dispatcher_->Run(*prepared);
  }
  RecordAnswer(operation, input, answer.status, answer.body);
  Reply reply{answer.status, answer.error_code, "", answer.cause, {}, {}};
  if (answer.wait.release()) reply.await_release = answer.wait.release()->sequence();
  if (!answer.body.empty()) reply.body = json::parse(answer.body).as_object();
  reply.message = reply.Text("message");
  return reply;
}

Reply OperationTest::Call(std::string_view operation, const json::object& input) {
  return Call(operation, json::serialize(input));
}

std::string OperationTest::MakePool(json::object more) {
  more["PoolName"] = "test";
  Reply reply = Call("CreateUserPool", more);
  EXPECT_TRUE(Succeeded(reply));
  return reply.Text("UserPool.Id");
}

std::string OperationTest::MakeClient(const std::string& pool_id, json::object more) {
  more["UserPoolId"] = pool_id;
  more["ClientName"] = "test";
  Reply reply = Call("CreateUserPoolClient", more);
  EXPECT_TRUE(Succeeded(reply));
  return reply.Text("UserPoolClient.ClientId");
}

std::vector<revocation::LogEntry> OperationTest::LogAfter(uint64_t sequence) {
  auto entries = store_->ReadLog(sequence, 1000);
  EXPECT_TRUE(entries.ok());
  return entries.ok() ? *entries : std::vector<revocation::LogEntry>();
}

}  // namespace sallyport::operations
