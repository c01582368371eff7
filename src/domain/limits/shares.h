// Shares: limits how many of the available places one owner may have at the same time, so that
// nobody has all of them.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sallyport::domain {

// Thread-safe. Must outlive every place that it has given.
class Shares {
 public:
  // `of_one`: how many places one owner may have; 0: any number.
  explicit Shares(size_t of_one) : of_one_(of_one) {}
  Shares(const Shares&) = delete;
  Shares& operator=(const Shares&) = delete;

  // A place, which the destructor gives back.
  class Place {
   public:
    Place(Place&& other) noexcept
        : shares_(std::exchange(other.shares_, nullptr)), owner_(std::move(other.owner_)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(shares_, other.shares_);
      std::swap(owner_, other.owner_);
      return *this;
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      if (shares_ != nullptr) shares_->GiveBack(owner_);
    }

   private:
    friend class Shares;
    Place(Shares* shares, std::string owner) : shares_(shares), owner_(std::move(owner)) {}

    Shares* shares_;  // null: nothing has to be given back
    std::string owner_;
  };

  // nullopt: the owner has as many places as it may.
  std::optional<Place> Take(std::string_view owner) {
    if (of_one_ == 0) return Place(nullptr, {});
    const std::lock_guard lock(mutex_);
    size_t& held = held_[std::string(owner)];
    if (held >= of_one_) return std::nullopt;
    ++held;
    return Place(this, std::string(owner));
  }

 private:
  void GiveBack(const std::string& owner) {
    const std::lock_guard lock(mutex_);
    const auto found = held_.find(owner);
    if (--found->second == 0) held_.erase(found);
  }

  const size_t of_one_;
  std::mutex mutex_;
  std::map<std::string, size_t> held_;  // guarded by mutex_; nobody who holds none
};

}  // namespace sallyport::domain
