// Ending: what a complete sign-in leads to: tokens for whoever called the API; for who is shown a
// page, an authorization code.
#pragma once

#include <optional>
#include <utility>

#include "base/result.h"
#include "domain/tokens/issue.h"

namespace sallyport::sign_in {

class Ending {
 public:
  virtual ~Ending() = default;
  // When a client that has a secret proves that it knows it: before anything else, in this call; or
  // (true) when it redeems what this gives, which is then worth nothing to anybody without it. A
  // browser knows no secret.
  virtual bool client_proves_itself_later() const = 0;
  // Once, after the whole proof and the functions of the pool. Commits: finds what `sign_in` relies
  // on again in the commit, and makes its change (domain::WriteProof).
  virtual base::Status Complete(const domain::Services& services,
                                const domain::SignIn& sign_in) = 0;
};

class TokensEnding final : public Ending {
 public:
  bool client_proves_itself_later() const override { return false; }
  base::Status Complete(const domain::Services& services, const domain::SignIn& sign_in) override;

  // Precondition: Complete has succeeded. What the answer waits for is in it.
  const domain::TokenIssuance& issued() const { return issued_.value(); }

 private:
  std::optional<domain::TokenIssuance> issued_;
};

}  // namespace sallyport::sign_in
