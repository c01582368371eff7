// Shares: how many of a number of places each owner holds at the moment, so that none holds all.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sallyport::domain {

// Thread-safe. It outlives every place that it gave.
class Shares {
 public:
  // `of_one`: the places that one owner may hold at the same time; 0: any number.
  explicit Shares(size_t of_one) : of_one_(of_one) {}
  Shares(const Shares&) = delete;
  Shares& operator=(const Shares&) = delete;

  // A place, given back at its end.
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

    Shares* shares_;  // null: nothing is given back
    std::string owner_;
  };

  // nullopt: the owner holds as many as it may.
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
