#include "jose/strict_json.h"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "jose/plain_json.h"

namespace sallyport::jose {
namespace {

namespace json = boost::json;
using Code = json::error_code;

constexpr const char* kRejected = "member of the wrong type or value";

// The callbacks of json::basic_parser. In the last callback for a name or string, the view refers
// to the text if it has no escapes, otherwise to the parser's buffer.
class Handler {
 public:
  static constexpr size_t max_object_size = SIZE_MAX;
  static constexpr size_t max_array_size = SIZE_MAX;
  static constexpr size_t max_key_size = SIZE_MAX;
  static constexpr size_t max_string_size = SIZE_MAX;

  explicit Handler(std::string_view text) : text_(text) {}

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }

  bool on_object_begin(Code& ec) {
    Emit("{");
    scopes_.push_back(names_.size());
    return Composite(ec);
  }
  bool on_object_end(size_t, Code& ec) {
    const size_t scope = scopes_.back();
    scopes_.pop_back();
    if (!NamesAreUnique(scope)) return Fail("duplicate name", ec);
    names_.resize(scope);
    EmitEnd('}');
    return Leave();
  }
  bool on_array_begin(Code& ec) {
    if (depth_ == 0) return Fail("not an object", ec);
    Emit("[");
    return Composite(ec);
  }
  bool on_array_end(size_t, Code&) {
    EmitEnd(']');
    return Leave();
  }

  bool on_key_part(json::string_view part, size_t, Code&) {
    pieces_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view last, size_t size, Code& ec) {
    std::string_view name = Whole(last, size);
    if (!name.empty() && !InText(name)) {
      if (HasNul(name) || HasNeedlessEscape(name)) return Fail("name with a needless escape", ec);
      name = Keep(name);
    }
    names_.push_back(name);
    if (depth_ == 1) {
      name_ = name;
      capturing_ = wanted_ && *wanted_ == name;
    } else if (capturing_) {
      Emit(QuoteJson(name));
      captured_.push_back(':');
    }
    pieces_.clear();
    return true;
  }

  bool on_string_part(json::string_view part, size_t, Code&) {
    pieces_.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view last, size_t size, Code& ec) {
    const std::string_view value = Whole(last, size);
    if (!value.empty() && !InText(value) && HasNul(value)) return Fail("NUL in a string", ec);
    bool accepted = true;
    if (depth_ == 0) {
      return Fail("not an object", ec);
    } else if (depth_ == 1) {
      if (capturing_) captured_ = value;
      Found();
      accepted = !visitor_ || visitor_->OnString(name_, value);
    } else if (capturing_) {
      Emit(QuoteJson(value));
    }
    pieces_.clear();
    return accepted || Fail(kRejected, ec);
  }

  bool on_number_part(json::string_view part, Code&) {
    pieces_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(int64_t value, json::string_view last, Code& ec) {
    if (depth_ == 0) return Fail("not an object", ec);
    Literal(last);
    return depth_ > 1 || !visitor_ || visitor_->OnInteger(name_, value) || Fail(kRejected, ec);
  }
  bool on_uint64(uint64_t, json::string_view last, Code& ec) { return Other(last, ec); }
  bool on_double(double value, json::string_view last, Code& ec) {
    return std::isfinite(value) ? Other(last, ec) : Fail("number out of range", ec);
  }
  bool on_bool(bool value, Code& ec) { return Other(value ? "true" : "false", ec); }
  bool on_null(Code& ec) {
    // At the top level null is treated as absent.
    if (depth_ == 1) capturing_ = false;
    return Other("null", ec);
  }
  bool on_comment_part(json::string_view, Code&) { return true; }
  bool on_comment(json::string_view, Code&) { return true; }

  const char* problem() const { return problem_; }

  void set_visitor(MemberVisitor* visitor) { visitor_ = visitor; }
  void set_wanted(std::string_view name) { wanted_ = name; }
  std::optional<std::string> TakeFound() {
    return found_ ? std::optional(std::move(captured_)) : std::nullopt;
  }

 private:
  bool Fail(const char* problem, Code& ec) {
    problem_ = problem;
    ec = json::error::syntax;
    return false;
  }
  std::string_view Whole(json::string_view last, size_t size) {
    if (last.size() == size) return {last.data(), last.size()};
    pieces_.append(last.data(), last.size());
    return pieces_;
  }
  bool InText(std::string_view view) const {
    return view.data() >= text_.data() && view.data() <= text_.data() + text_.size();
  }
  static bool HasNul(std::string_view view) { return view.find('\0') != view.npos; }
  // `name` is written with an escape. Here, "\u0065xp" is not another way to write "exp".
  static bool HasNeedlessEscape(std::string_view name) {
    return std::all_of(name.begin(), name.end(), [](char c) {
      return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 &&
             c != '"' && c != '\\';
    });
  }
  // Text never becomes longer by unescaping, so the arena never has to move.
  std::string_view Keep(std::string_view name) {
    if (arena_.capacity() < text_.size()) arena_.reserve(text_.size());
    const size_t at = arena_.size();
    arena_.append(name);
    return std::string_view(arena_).substr(at);
  }
  // A few names are compared with each other; many are sorted, so that no text takes quadratic
  // time.
  bool NamesAreUnique(size_t scope) {
    const auto begin = names_.begin() + static_cast<ptrdiff_t>(scope);
    if (names_.end() - begin > 32) {
      std::sort(begin, names_.end());
      return std::adjacent_find(begin, names_.end()) == names_.end();
    }
    for (auto a = begin; a != names_.end(); ++a) {
      if (std::find(begin, a, *a) != a) return false;
    }
    return true;
  }
  bool Composite(Code& ec) {
    if (depth_++ != 1 || !visitor_) return true;
    return visitor_->OnOther(name_) || Fail(kRejected, ec);
  }
  bool Leave() {
    --depth_;
    if (depth_ == 1) Found();
    return true;
  }
  // The value of the present member is complete.
  void Found() {
    found_ = found_ || capturing_;
    capturing_ = false;
  }
  bool Other(json::string_view text, Code& ec) {
    if (depth_ == 0) return Fail("not an object", ec);
    Literal(text);
    return depth_ > 1 || !visitor_ || visitor_->OnOther(name_) || Fail(kRejected, ec);
  }
  void Literal(json::string_view last) {
    if (capturing_) {
      pieces_.append(last.data(), last.size());
      Emit(pieces_);
      if (depth_ == 1) Found();
    }
    pieces_.clear();
  }
  // Appends a value or a name to the captured text, after a comma where necessary.
  void Emit(std::string_view token) {
    if (!capturing_) return;
    if (!captured_.empty() && std::string_view("{[:").find(captured_.back()) == std::string::npos) {
      captured_.push_back(',');
    }
    captured_.append(token);
  }
  void EmitEnd(char end) {
    if (capturing_) captured_.push_back(end);
  }

  const std::string_view text_;
  MemberVisitor* visitor_ = nullptr;
  std::optional<std::string_view> wanted_;
  const char* problem_ = nullptr;
  size_t depth_ = 0;
  std::string_view name_;  // of the present top-level member
  bool capturing_ = false;
  bool found_ = false;
  std::string captured_;
  std::string pieces_;
  std::string arena_;
  boost::container::small_vector<std::string_view, 48> names_;  // of all objects that are open
  boost::container::small_vector<size_t, 8> scopes_;  // where the names of each open object begin
};

using Parser = json::basic_parser<Handler>;

json::parse_options Options() {
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  return options;
}

const char* Run(Parser& parser, std::string_view text) {
  Code ec;
  const size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (parser.handler().problem()) return parser.handler().problem();
  if (ec == json::error::too_deep) return "nesting too deep";
  if (ec) return "not JSON";
  if (used != text.size() || !parser.done()) return "data after the object";
  return nullptr;
}

}  // namespace

const char* VisitObject(std::string_view json, MemberVisitor& visitor) {
  PlainObject object;
  if (!object.Read(json)) return VisitAnyObject(json, visitor);
  for (const PlainMember& member : object) {
    const bool accepted = member.kind == PlainMember::Kind::kString
                              ? visitor.OnString(member.name, member.text)
                          : member.kind == PlainMember::Kind::kInteger
                              ? visitor.OnInteger(member.name, member.integer)
                              : visitor.OnOther(member.name);
    if (!accepted) return kRejected;
  }
  return nullptr;
}

const char* VisitAnyObject(std::string_view json, MemberVisitor& visitor) {
  Parser parser(Options(), json);
  parser.handler().set_visitor(&visitor);
  return Run(parser, json);
}

std::optional<std::string> MemberText(std::string_view json, std::string_view name) {
  Parser parser(Options(), json);
  parser.handler().set_wanted(name);
  if (Run(parser, json)) return std::nullopt;
  return parser.handler().TakeFound();
}

std::string QuoteJson(std::string_view text) {
  return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

}  // namespace sallyport::jose
