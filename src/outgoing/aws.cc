#include "outgoing/aws.h"

namespace sallyport::outgoing {

void SignForAws(CURL* curl, CurlList& headers, const std::string& region,
                const std::string& service, const AwsCredentials& credentials) {
  const std::string scope = "aws:amz:" + region + ":" + service;
  // libcurl copies both texts.
  std::string secret(credentials.secret.Reveal());
  curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, scope.c_str());
  curl_easy_setopt(curl, CURLOPT_USERNAME, credentials.access_key.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, secret.c_str());
  base::Wipe(secret);
  if (credentials.session_token.empty()) return;
  std::string header = "X-Amz-Security-Token: ";
  header += credentials.session_token.Reveal();
  Append(headers, header);
  base::Wipe(header);
}

}  // namespace sallyport::outgoing
