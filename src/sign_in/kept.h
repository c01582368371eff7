// What a session keeps, as members of a record. What writes them and what reads them goes through
// the same list, a function that calls its visitor with each name and member:
//
//   template <typename AnyState, typename Visitor>
//   void VisitState(AnyState& state, Visitor& visit) { visit("SrpA", state.srp_a); }
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/family.h"
#include "domain/json.h"

namespace sallyport::sign_in {

class MemberWriter {
 public:
  explicit MemberWriter(boost::json::object& record) : record_(record) {}

  template <typename T>
  void operator()(std::string_view name, const T& value) {
    record_[name] = value;
  }
  void operator()(std::string_view name,
                  const std::optional<std::vector<domain::ProvedFactor>>& factors) {
    if (factors) record_[name] = domain::FactorsJson(*factors);
  }

 private:
  boost::json::object& record_;
};

// A text or flag that is not there is empty or false.
class MemberReader {
 public:
  explicit MemberReader(const boost::json::object& record) : record_(record) {}

  void operator()(std::string_view name, std::string& text) const {
    text = domain::StringMember(record_, name);
  }
  void operator()(std::string_view name, bool& flag) const {
    flag = domain::BoolMember(record_, name);
  }
  void operator()(std::string_view name, boost::json::array& list) {
    const boost::json::array* found = domain::ArrayMember(record_, name);
    if (found != nullptr) list = *found;
    whole_ = whole_ && found != nullptr;
  }
  void operator()(std::string_view name, boost::json::object& object) {
    const boost::json::object* found = domain::ObjectMember(record_, name);
    if (found != nullptr) object = *found;
    whole_ = whole_ && found != nullptr;
  }
  void operator()(std::string_view name, boost::json::value& value) const {
    const boost::json::value* found = record_.if_contains(name);
    if (found != nullptr) value = *found;
  }
  void operator()(std::string_view name,
                  std::optional<std::vector<domain::ProvedFactor>>& factors) const {
    const boost::json::array* found = domain::ArrayMember(record_, name);
    if (found != nullptr) factors = domain::ParseFactors(*found);
  }

  // Every list and object was there.
  bool whole() const { return whole_; }

 private:
  const boost::json::object& record_;
  bool whole_ = true;
};

}  // namespace sallyport::sign_in
