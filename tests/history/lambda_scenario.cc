// A Lambda authorizer beside an nginx gate: its environments hold no lease, and are frozen between
// most of their events.
#include "lambda_gateway.h"
#include "scenario.h"

namespace sallyport::history {
namespace {

constexpr Nanos kDuration = 6 * kSecond;
constexpr uint64_t kLeastFreezes = 200;

Command FunctionOf(Fleet& fleet, const std::string& name, const std::string& enrolment) {
  Command command;
  command.words = {fleet.options().binaries + "/lambda/bootstrap"};
  command.environment = fleet.options().gate_environment;
  command.environment.emplace_back("SALLYPORT_ISSUERS", fleet.issuers().front());
  command.environment.emplace_back("SALLYPORT_ENROLMENT_FILE", enrolment);
  command.environment.emplace_back("SALLYPORT_PATIENCE_MILLIS", "5000");
  if (name == "access") {
    command.environment.emplace_back("SALLYPORT_SCOPES", "aws.cognito.signin.user.admin");
  }
  command.log = fleet.options().directory + "/lambda-" + name + ".log";
  return command;
}

// An environment begins with a snapshot, which takes a moment.
bool AwaitLambda(Fleet& fleet, const Family& family, Id gate) {
  GateClient client(fleet.recorder(), gate, fleet.site().gate_ports[static_cast<size_t>(gate)],
                    10 * kSecond);
  for (int served = 0, asked = 0; asked < 100; ++asked) {
    const bool access = asked % 2 == 0;
    const Bearer& bearer = access ? family.access : family.id;
    served = client.Ask(bearer.token, bearer.access, bearer.jwt) == 200 ? served + 1 : 0;
    if (served == 20) return true;
  }
  return false;
}

void RunLambda(Run& run) {
  Fleet& fleet = run.fleet;
  Recorder& recorder = fleet.recorder();
  const std::string enrolment = fleet.options().directory + "/lambda.enrolment";
  const int enrolled = fleet.Manage({"agents", "add", "lambda", "--data", fleet.data(),
                                     "--endpoint", fleet.endpoint(), "--out", enrolment});
  recorder.Add(Check{"the function is enrolled", "", enrolled == 0});
  LambdaGateway gateway({.id_function = FunctionOf(fleet, "id", enrolment),
                         .access_function = FunctionOf(fleet, "access", enrolment),
                         .upstream = fleet.upstream().port(),
                         .seed = run.options.seed});
  Site& site = fleet.site();
  site.gate_timeout = 10 * kSecond;
  site.gate_ports.push_back(gateway.port());
  Revoker revoker(recorder, site, run.options.seed);
  const std::optional<Family> family = revoker.SignIn();
  const Id gate = static_cast<Id>(site.gate_ports.size()) - 1;
  const bool served = family && AwaitLambda(fleet, *family, gate);
  recorder.Add(Check{"the function serves", "", served});
  if (!served) return;
  Traffic traffic(
      recorder, site,
      {.revokers = 4, .weights = {12, 2, 2, 2, 1, 1, 1, 1, 1, 0}, .seed = run.options.seed});
  const Nanos begun = Now();
  while (Now() < begun + kDuration || GoesOn(run, 1, 1)) Pause(100 * kMillisecond);
  traffic.Stop();
  recorder.Add(Check{"the environments were frozen between events",
                     std::to_string(gateway.freezes()), gateway.freezes() >= kLeastFreezes});
}

}  // namespace

Scenario LambdaScenario() {
  Scenario scenario{.name = "lambda"};
  scenario.demands = {.revokes = 50,
                      .allowed = 300,
                      .denied = 200,
                      .denied_revoked = 100,
                      .denied_soon = 40,
                      .checks = 3};
  scenario.body = RunLambda;
  return scenario;
}

}  // namespace sallyport::history
