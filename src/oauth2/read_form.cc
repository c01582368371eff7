#include "oauth2/read_form.h"

#include <utility>

#include "domain/errors.h"

namespace sallyport::oauth2 {
namespace {

base::Error ErrorOf(codec::FormFault fault) {
  switch (fault) {
    case codec::FormFault::kOtherType:
      return domain::error::kNoForm();
    case codec::FormFault::kTooLong:
      return domain::error::kFormTooLong();
    case codec::FormFault::kTooManyParameters:
      return domain::error::kFormTooManyParameters();
    case codec::FormFault::kParameterTwice:
      return domain::error::kFormParameterTwice();
    case codec::FormFault::kMalformed:
      break;
  }
  return domain::error::kFormMalformed();
}

}  // namespace

base::Result<codec::Form> ReadForm(const EndpointRequest& request) {
  return ReadForm(request.content_type, request.body);
}

base::Result<codec::Form> ReadForm(std::string_view content_type, std::string_view body) {
  auto form = codec::Form::Parse(content_type, body);
  if (!form) return ErrorOf(form.error());
  return std::move(*form);
}

}  // namespace sallyport::oauth2
