// Ending: what a complete sign-in results in: tokens for a caller of the API, an authorization code
// for somebody who was shown a page.
#pragma once

#include <optional>
#include <utility>

#include "base/result.h"
#include "domain/tokens/issue.h"

namespace sallyport::sign_in {

class Ending {
 public:
  virtual ~Ending() = default;
  // When a client that has a secret has to prove that it knows it. False: in this call, before
  // everything else. True: when it redeems the result of this sign-in, which is useless without the
  // secret; this is for browsers, which know no secret.
  virtual bool client_proves_itself_later() const = 0;
  // Whether Complete does nothing that its user could notice before it commits.
  virtual bool commits_at_once() const { return false; }
  // Called once, after the whole proof and the functions of the pool. Commits: within the commit it
  // checks again what `sign_in` relies on, and applies the change (domain::WriteProof).
  virtual base::Status Complete(const domain::Services& services,
                                const domain::SignIn& sign_in) = 0;
};

class TokensEnding final : public Ending {
 public:
  bool client_proves_itself_later() const override { return false; }
  bool commits_at_once() const override { return true; }
  base::Status Complete(const domain::Services& services, const domain::SignIn& sign_in) override;

  // Precondition: Complete has succeeded. It includes what the answer has to wait for.
  const domain::TokenIssuance& issued() const { return issued_.value(); }

 private:
  std::optional<domain::TokenIssuance> issued_;
};

}  // namespace sallyport::sign_in
