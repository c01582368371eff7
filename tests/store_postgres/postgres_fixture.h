// PostgresTest: stores in one database of the PostgreSQL that the tests have started.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "backend.h"
#include "contract_fixture.h"
#include "server.h"
#include "store_postgres/postgres_store.h"

namespace sallyport::store {

class PostgresTest : public ::testing::Test {
 protected:
  using Opened = std::unique_ptr<PostgresStore>;

  static PostgresServer& server() { return PostgresServer::Get(); }
  std::string address() const { return database_.address(); }
  std::string data(const std::string& name = "data") const {
    return directory_.path() + "/" + name;
  }
  Opened Open(const PostgresOptions& options = {}, const std::string& name = "data") {
    auto opened = OpenPostgres(address(), data(name), options);
    EXPECT_TRUE(opened.ok()) << opened.error().message << " " << opened.error().cause;
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  std::string Refusal(const PostgresOptions& options = {}, const std::string& name = "data") {
    const auto opened = OpenPostgres(address(), data(name), options);
    return opened.ok() ? "opened" : opened.error().message;
  }
  static base::Status Put(Store& store, const std::string& key, const std::string& value) {
    SALLYPORT_ASSIGN(Written written, store.Update([&](Tx& tx) { return tx.Put(key, value, {}); }));
    return std::move(written.outcome);
  }
  static void Append(Store& store, const std::string& subject) {
    const auto committed =
        store.UpdateRevoking([&](LogTx& tx) { return tx.Append(Family(subject)); });
    ASSERT_TRUE(committed.ok()) << committed.error().cause;
    ASSERT_TRUE(committed->outcome.ok());
  }
  // Waits for a beat that is sent from now on.
  static PeersSeen BeatOf(Store& store) {
    const uint64_t beat = store.peers()->AskForBeat();
    EXPECT_TRUE(Soon([&] { return store.peers()->Seen().beat >= beat; }));
    return store.peers()->Seen();
  }
  static bool Soon(const std::function<bool()>& condition,
                   std::chrono::seconds patience = std::chrono::seconds(5)) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!condition() && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return condition();
  }
  // One that holds everything back and beats no more.
  void AddDeadServer(int period_millis) {
    Sql("INSERT INTO sallyport.servers(id, counter, holds, period_millis, alone, settled) "
        "VALUES('dead', 1, 0, " +
        std::to_string(period_millis) + ", false, true)");
  }
  std::string Sql(const std::string& sql) { return server().Run(database_.name(), sql); }

  const TestDatabase database_;
  TemporaryDirectory directory_;
};

}  // namespace sallyport::store
