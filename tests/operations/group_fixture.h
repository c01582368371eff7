// GroupTest: groups of the test's pool.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "user_fixture.h"

namespace sallyport::operations {

class GroupTest : public UserTest {
 protected:
  Reply Group(std::string_view operation, std::string_view name, boost::json::object more = {}) {
    more["UserPoolId"] = pool_;
    more["GroupName"] = name;
    return Call(operation, more);
  }
  void MakeGroup(std::string_view name, boost::json::object more = {}) {
    ASSERT_TRUE(Succeeded(Group("CreateGroup", name, std::move(more))));
  }
  void MakePlainUser(std::string_view username) {
    ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", username, {{"MessageAction", "SUPPRESS"}})));
  }
  Reply Add(std::string_view username, std::string_view group) {
    return Admin("AdminAddUserToGroup", username, {{"GroupName", group}});
  }
  // The member `name` of each item of the answer's list.
  static std::vector<std::string> Names(const Reply& reply, std::string_view list,
                                        std::string_view name) {
    std::vector<std::string> names;
    const boost::json::value items = reply.At(list);
    for (const auto& item : items.as_array()) {
      names.emplace_back(item.as_object().at(name).as_string());
    }
    return names;
  }
  std::vector<std::string> GroupsOf(std::string_view username) {
    return Names(Admin("AdminListGroupsForUser", username), "Groups", "GroupName");
  }
  using List = std::vector<std::string>;
};

}  // namespace sallyport::operations
