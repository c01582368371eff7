#include "codec/csv.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace sallyport::codec {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

void CsvReader::Feed(std::string_view bytes) {
  text_.erase(0, from_);
  from_ = 0;
  text_ += bytes;
}

CsvReader::Mark CsvReader::MarkAt(size_t at) const {
  if (at == text_.size()) return ended_ ? Mark::kTextEnd : Mark::kUnknown;
  if (text_[at] == ',') return Mark::kComma;
  if (text_[at] == '\n') return Mark::kLineEnd;
  if (text_[at] != '\r') return Mark::kText;
  if (at + 1 < text_.size()) return text_[at + 1] == '\n' ? Mark::kLineEnd : Mark::kLoneReturn;
  return ended_ ? Mark::kLoneReturn : Mark::kUnknown;
}

CsvReader::Scan CsvReader::ScanQuoted(size_t& at, std::string& field, std::string& error) const {
  ++at;
  while (true) {
    const size_t quote = text_.find('"', at);
    if (quote == std::string::npos) {
      if (!ended_) return Scan::kMore;
      error = "a quoted field is never closed";
      at = from_;
      return Scan::kBad;
    }
    field.append(text_, at, quote - at);
    at = quote + 1;
    if (at == text_.size() || text_[at] != '"') break;
    field += '"';
    ++at;
  }
  switch (MarkAt(at)) {
    case Mark::kUnknown:
      return Scan::kMore;  // the quote may turn out to be the first of two
    case Mark::kText:
    case Mark::kLoneReturn:
      error = "text follows a closing quote";
      at = from_;  // because the quote that closes it may be missing
      return Scan::kBad;
    default:
      return Scan::kDone;
  }
}

CsvReader::Scan CsvReader::ScanPlain(size_t& at, std::string& field, std::string& error) const {
  while (true) {
    const size_t end = std::min(text_.find_first_of(",\"\r\n", at), text_.size());
    field.append(text_, at, end - at);
    at = end;
    if (commas_ == Commas::kPlain || MarkAt(at) != Mark::kComma || !field.ends_with('\\')) break;
    field.back() = ',';
    ++at;
  }
  switch (MarkAt(at)) {
    case Mark::kUnknown:
      return Scan::kMore;
    case Mark::kText:
      error = "a quote in a field that is not quoted";
      return Scan::kBad;
    case Mark::kLoneReturn:
      error = "a carriage return that is not at the end of a line";
      return Scan::kBad;
    default:
      return Scan::kDone;
  }
}

CsvReader::Scan CsvReader::ScanRow(size_t& at, std::vector<std::string>& fields,
                                   std::string& error) const {
  while (true) {
    std::string& field = fields.emplace_back();
    const bool quoted = at < text_.size() && text_[at] == '"';
    const Scan scan = quoted ? ScanQuoted(at, field, error) : ScanPlain(at, field, error);
    if (scan == Scan::kBad) error = fmt::format("field {}: {}", fields.size(), error);
    if (scan != Scan::kDone) return scan;
    if (MarkAt(at) == Mark::kTextEnd) return Scan::kDone;
    const char mark = text_[at++];
    if (mark == ',') continue;
    if (mark == '\r') ++at;
    return Scan::kDone;
  }
}

std::string CsvReader::Fault(const std::vector<std::string>& fields, size_t size) const {
  if (size > limit_) return fmt::format("longer than {} bytes", limit_);
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].find('\0') != std::string::npos) return fmt::format("field {}: a NUL", i + 1);
    if (!base::IsUtf8(fields[i])) return fmt::format("field {}: not UTF-8", i + 1);
  }
  if (columns_ != 0 && fields.size() != columns_) {
    return fmt::format("{} fields where the first row has {}", fields.size(), columns_);
  }
  return {};
}

void CsvReader::Consume(size_t end) {
  line_ += static_cast<uint64_t>(std::count(text_.begin() + static_cast<ptrdiff_t>(from_),
                                            text_.begin() + static_cast<ptrdiff_t>(end), '\n'));
  from_ = end;
}

bool CsvReader::SkipLine() {
  const size_t end = text_.find('\n', from_);
  skipping_ = end == std::string::npos;
  Consume(skipping_ ? text_.size() : end + 1);
  return !skipping_;
}

bool CsvReader::SkipToRow() {
  if (skipping_ && !SkipLine()) return false;
  if (!begun_) {
    const std::string_view rest = std::string_view(text_).substr(from_);
    if (!ended_ && rest.size() < kByteOrderMark.size()) return false;
    begun_ = true;
    if (rest.starts_with(kByteOrderMark)) Consume(from_ + kByteOrderMark.size());
  }
  while (MarkAt(from_) == Mark::kLineEnd) Consume(from_ + (text_[from_] == '\r' ? 2 : 1));
  return from_ < text_.size();
}

std::optional<CsvRow> CsvReader::Next() {
  if (!SkipToRow()) return std::nullopt;
  if (!ended_ && text_.size() - from_ < wanted_) return std::nullopt;
  CsvRow row;
  row.line = line_;
  size_t end = from_;
  const Scan scan = ScanRow(end, row.fields, row.error);
  if (scan == Scan::kMore) {
    // A row whose end has not arrived is not scanned again for each piece.
    if (text_.size() - from_ > limit_) wanted_ = 2 * (text_.size() - from_);
    return std::nullopt;
  }
  wanted_ = 0;
  if (scan == Scan::kDone) row.error = Fault(row.fields, end - from_);
  Consume(end);
  if (scan == Scan::kBad) SkipLine();
  if (row.error.empty()) {
    columns_ = row.fields.size();
  } else {
    row.fields.clear();
  }
  return row;
}

std::string CsvField(std::string_view field) {
  if (field.find_first_of(",\"\r\n\\") == std::string_view::npos) return std::string(field);
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace sallyport::codec
