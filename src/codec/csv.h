// CSV (RFC 4180), read as a stream and row by row: a bad row is told with its line, and the rows
// after it are read all the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::codec {

struct CsvRow {
  uint64_t line = 0;  // where the row begins; the first line of the text is 1
  std::vector<std::string> fields;
  std::string error;  // not empty: the row is bad, and this says why in one line; no fields then
};

// Fields are separated by commas; rows end with CRLF or LF, the last one also with the end of the
// text. A field that begins with a quote goes on to the next single quote, over line ends too; `""`
// in it is one quote. A UTF-8 byte order mark before the first row and lines with nothing in them
// are skipped. A row is bad that
//   - has a quote inside an unquoted field, or text after a closing quote,
//   - has a quoted field that is never closed,
//   - has a NUL, a carriage return outside quotes that ends no line, or is not UTF-8,
//   - has another number of fields than the first good row,
//   - is longer than the limit.
// Reading goes on after the bad row, so that a value in quotes is never taken for a row. Where
// quotes themselves are wrong and its end is not known, reading goes on at the next line (for the
// second case and a text after a quote: the one after the row's first line), so that one stray
// quote does not swallow the file.
//
// Memory: the longest row; where a quote is never closed, the rest of the text. Not thread-safe.
class CsvReader {
 public:
  // kBackslash: in an unquoted field `\,` is a comma that belongs to it, as Amazon Cognito writes
  // its import files.
  enum class Commas { kPlain, kBackslash };
  explicit CsvReader(size_t greatest_row_bytes = 65'536, Commas commas = Commas::kPlain)
      : limit_(greatest_row_bytes), commas_(commas) {}

  // More of the text.
  void Feed(std::string_view bytes);
  // There is no more text.
  void End() { ended_ = true; }
  // The next row; nullopt: feed more, or, after End(), there is none.
  std::optional<CsvRow> Next();

 private:
  enum class Scan { kDone, kMore, kBad };
  // Each reads at `at` and leaves it behind what was read; kBad fills `error` and leaves it in the
  // line after which reading goes on.
  Scan ScanRow(size_t& at, std::vector<std::string>& fields, std::string& error) const;
  Scan ScanQuoted(size_t& at, std::string& field, std::string& error) const;
  Scan ScanPlain(size_t& at, std::string& field, std::string& error) const;
  // What stands at `at`, outside quotes.
  enum class Mark { kText, kComma, kLineEnd, kTextEnd, kLoneReturn, kUnknown };
  Mark MarkAt(size_t at) const;
  // What is wrong with a row of `size` bytes whose ends are known; empty: nothing.
  std::string Fault(const std::vector<std::string>& fields, size_t size) const;
  bool SkipToRow();
  bool SkipLine();
  void Consume(size_t end);

  const size_t limit_;
  const Commas commas_;
  std::string text_;
  size_t from_ = 0;  // what is before it has been read
  uint64_t line_ = 1;
  size_t columns_ = 0;  // 0: no good row yet
  size_t wanted_ = 0;   // bytes to wait for before a long row is tried again
  bool begun_ = false;
  bool skipping_ = false;  // the rest of a bad row's line
  bool ended_ = false;
};

// `field` as it stands in a row: in quotes where it needs them. (A lone carriage return, too, is
// quoted, and a backslash, so that it means the same to both kinds of reader.)
std::string CsvField(std::string_view field);

}  // namespace sallyport::codec
