// Several hosts of one database, of which one is away, and what the database says of itself while a
// server runs: that its disk is full, and that no standby confirms its commits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "base/secret.h"
#include "cutting_proxy.h"
#include "postgres_fixture.h"
#include "store_postgres/address.h"
#include "store_postgres/names.h"

namespace sallyport::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A host that takes connections and says nothing, as one that stands still.
class SilentHost {
 public:
  SilentHost() {
    socket_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = PostgresServer::SocketIn(directory_.path());
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(socket_, 64), 0);
  }
  ~SilentHost() { ::close(socket_); }
  SilentHost(const SilentHost&) = delete;
  SilentHost& operator=(const SilentHost&) = delete;

  const std::string& directory() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
  int socket_;
};

TEST_F(PostgresTest, AHostThatGivesNoAnswerIsPassedOver) {
  const SilentHost silent;
  CuttingProxy proxy(server().socket());
  const std::string hosts = silent.directory() + "," + proxy.directory();
  const auto opened = OpenPostgres(PostgresServer::At(hosts, database_.name()), data());
  ASSERT_TRUE(opened.ok()) << opened.error().message << " " << opened.error().cause;
  Append(**opened, "f");
}

TEST_F(PostgresTest, WhereTheBeatsGoToAnotherHostNothingIsReadFromTheOldOneAnyMore) {
  CuttingProxy one(server().socket()), other(server().socket());
  const std::string hosts = one.directory() + "," + other.directory();
  const auto opened = OpenPostgres(PostgresServer::At(hosts, database_.name()), data());
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  PostgresStore& store = **opened;
  ASSERT_TRUE(Put(store, "k", "v").ok());
  const std::string before =
      Sql("SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE "
          "datname=current_database() AND application_name='sallyport'");
  // Only the beats lose their connection.
  Sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname=current_database() AND "
      "query LIKE 'WITH own AS (UPDATE sallyport.servers%'");
  EXPECT_TRUE(Soon([&] {
    EXPECT_EQ(store.Get("k").value(), "v");
    Append(store, "f");
    return Sql("SELECT count(*) FROM pg_stat_activity WHERE application_name='sallyport' AND pid "
               "IN (" +
               before + ")") == "0";
  })) << "connections to the old host are still in use";
}

TEST(PostgresAddress, EachAddressOfANameIsTriedAndEachTimeAnotherOneFirst) {
  using postgres::At;
  using postgres::ForEachAddress;
  const postgres::ConnectWords named{{"host", "db.example.com"}, {"port", "7"}};
  const auto two = [](const std::string& name) {
    EXPECT_EQ(name, "db.example.com");
    return std::vector<std::string>{"10.0.0.1", "10.0.0.2"};
  };
  const postgres::ConnectWords one = At(named, "10.0.0.1"), other = At(named, "10.0.0.2");
  EXPECT_EQ(one.back(), (std::pair<std::string, std::string>("hostaddr", "10.0.0.1")));
  EXPECT_THAT(ForEachAddress(named, 0, two), ElementsAre(one, other));
  EXPECT_THAT(ForEachAddress(named, 7, two), ElementsAre(other, one));
  const auto none = [](const std::string&) { return std::vector<std::string>(); };
  EXPECT_THAT(ForEachAddress(named, 0, none), ElementsAre(named)) << "libpq says why";
  EXPECT_THAT(ForEachAddress(one, 0, none), ElementsAre(one));
  const postgres::ConnectWords socket{{"host", "/run/postgresql"}};
  EXPECT_THAT(ForEachAddress(socket, 0, two), ElementsAre(socket));
  EXPECT_EQ(At(socket, ""), socket);
  EXPECT_THAT(postgres::LookUpName("localhost"), Contains("127.0.0.1"));
}

// As an old primary that nobody has stopped, and which has lost its standbys.
TEST_F(PostgresTest, AHostThatAnswersAndConfirmsNothingIsNotReadFrom) {
  CuttingProxy old(server().socket()), present(server().socket());
  old.ConfirmNothing();
  const std::string hosts = old.directory() + "," + present.directory();
  const auto open = [&] {
    return OpenPostgres(PostgresServer::At(hosts, database_.name()), data(),
                        {.period = milliseconds(1600)});
  };
  auto opened = open();
  // A busy machine may find no host that confirms within so short a period.
  for (int again = 0; again < 5 && !opened.ok(); ++again) opened = open();
  ASSERT_TRUE(opened.ok()) << opened.error().message << " " << opened.error().cause;
  PostgresStore& store = **opened;
  Append(store, "f");
  ASSERT_TRUE(Put(store, "k", "v").ok());
  const uint64_t opened_before = store.figures().opened;
  Sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname=current_database() AND "
      "query LIKE 'WITH own AS (UPDATE sallyport.servers%'");
  // The beats try the old one, and come back.
  EXPECT_TRUE(Soon([&] {
    EXPECT_EQ(store.Get("k").value(), "v");
    return store.figures().opened >= opened_before + 2;
  }));
  const PeersSeen seen = BeatOf(store);
  EXPECT_EQ(seen.registration, 1U) << "it concluded nothing from the old one";
  EXPECT_EQ(store.Get("k").value(), "v");
  Append(store, "g");
  EXPECT_EQ(old.reads(), 0);
}

TEST(PostgresAddress, HasTheParametersOfEachHostAlone) {
  const auto word = [](const postgres::ConnectWords& words, const std::string& keyword) {
    for (const auto& [name, value] : words) {
      if (name == keyword) return value;
    }
    return std::string();
  };
  const auto address =
      postgres::ParseAddress("postgresql://u@a:1,b,c:3/d", base::Secret("secret")).value();
  ASSERT_EQ(address.hosts.size(), 3U);
  EXPECT_EQ(word(address.hosts[0], "host") + ":" + word(address.hosts[0], "port"), "a:1");
  EXPECT_EQ(word(address.hosts[1], "host") + ":" + word(address.hosts[1], "port"), "b:");
  EXPECT_EQ(word(address.hosts[2], "host") + ":" + word(address.hosts[2], "port"), "c:3");
  for (const auto& host : address.hosts) {
    EXPECT_EQ(word(host, "password"), "secret");
    EXPECT_EQ(word(host, "sslmode"), "verify-full");
  }
  const auto one_port = postgres::ParseAddress("postgresql:///d?host=/a,/b&port=7", base::Secret());
  ASSERT_EQ(one_port.value().hosts.size(), 2U);
  EXPECT_EQ(word(one_port.value().hosts[1], "port"), "7");
  const auto uneven =
      postgres::ParseAddress("postgresql:///d?host=/a,/b&hostaddr=127.0.0.1", base::Secret());
  ASSERT_FALSE(uneven.ok());
  EXPECT_THAT(uneven.error().message, HasSubstr("hosts, host addresses and ports differ"));
}

TEST_F(PostgresTest, WhileTheDatabasesDiskIsFullOnlyWhatRevokesIsAcceptedAndAfterwardsEverything) {
  const auto store = Open();
  // Where there is no space PostgreSQL refuses what makes a table larger, and new tables.
  Sql("CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
      "'could not extend file: No space left on device' USING ERRCODE='53100'; END $$;"
      "CREATE FUNCTION full_disk_too() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE "
      "EXCEPTION 'could not extend file: No space left on device' USING ERRCODE='53100'; END $$;"
      "CREATE TRIGGER full_disk BEFORE INSERT ON sallyport.records FOR EACH ROW WHEN "
      "(NEW.key='k') EXECUTE FUNCTION full_disk();"
      "CREATE EVENT TRIGGER full_disk ON ddl_command_start WHEN TAG IN ('CREATE TABLE AS') "
      "EXECUTE FUNCTION full_disk_too()");
  EXPECT_FALSE(store->GetSpace().only_revocations);
  const auto put = Put(*store, "k", "1");
  ASSERT_FALSE(put.ok());
  EXPECT_TRUE(IsDiskFull(put.error()));
  EXPECT_TRUE(store->GetSpace().only_revocations);
  std::this_thread::sleep_for(milliseconds(2500));
  EXPECT_TRUE(store->GetSpace().only_revocations) << "there is no space yet";
  EXPECT_FALSE(Put(*store, "other", "1").ok());
  Append(*store, "f");
  Sql("DROP EVENT TRIGGER full_disk; DROP TRIGGER full_disk ON sallyport.records; DROP FUNCTION "
      "full_disk; DROP FUNCTION full_disk_too");
  EXPECT_TRUE(Soon([&] { return !store->GetSpace().only_revocations; }));
  EXPECT_TRUE(Put(*store, "k", "1").ok());
}

TEST_F(PostgresTest, WhetherAStandbyConfirmsCommitsIsSeenWhileTheServerRuns) {
  const auto store = Open({.period = milliseconds(400)});
  EXPECT_EQ(store->figures().standbys_confirm, 0U);
  // There is none of this name, so beats are not confirmed, and their connection is made anew.
  Sql("ALTER SYSTEM SET synchronous_standby_names='nobody'");
  Sql("SELECT pg_reload_conf()");
  EXPECT_TRUE(Soon([&] { return store->figures().standbys_confirm == 1; }, seconds(20)));
  EXPECT_TRUE(Soon([&] { return !store->may_grant(); })) << "nothing is confirmed";
  Sql("ALTER SYSTEM RESET synchronous_standby_names");
  Sql("SELECT pg_reload_conf()");
  EXPECT_TRUE(Soon([&] { return store->figures().standbys_confirm == 0 && store->may_grant(); },
                   seconds(20)));
}

TEST_F(PostgresTest, CommitsWaitForTheStandbyAlsoWhereTheDatabaseIsToldMeanwhileNotToWait) {
  const auto store = Open({.period = milliseconds(400)});
  Sql("ALTER SYSTEM SET synchronous_commit='off'");
  Sql("ALTER SYSTEM SET synchronous_standby_names='nobody'");
  Sql("SELECT pg_reload_conf()");
  EXPECT_TRUE(Soon([&] { return !store->may_grant(); })) << "beats count that no standby has";
  Sql("ALTER SYSTEM RESET synchronous_standby_names");
  Sql("ALTER SYSTEM RESET synchronous_commit");
  Sql("SELECT pg_reload_conf()");
  EXPECT_TRUE(Soon([&] { return store->may_grant(); }));
}

TEST_F(PostgresTest, WhereTheDatabaseHasLostABeatThatItHadConfirmedTheServerGoesOn) {
  const auto store = Open();
  Append(*store, "f");
  BeatOf(*store);
  Sql("UPDATE sallyport.servers SET counter=1");
  BeatOf(*store);
  EXPECT_EQ(BeatOf(*store).registration, 1U);
}

}  // namespace
}  // namespace sallyport::store
