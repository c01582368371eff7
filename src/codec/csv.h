// CSV (RFC 4180), read as a stream, row by row. A bad row is reported with its line, and the rows
// after it are still read.
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
  // Not empty: the row is bad, and this says why in one line; `fields` is then empty.
  std::string error;
};

// Fields are separated by commas. Rows end with CRLF or LF, and the last one also with the end of
// the text. A field that begins with a quote continues to the next single quote, also across lines;
// `""` in it means one quote. A UTF-8 byte order mark before the first row and empty lines are
// skipped. A row is bad if it
// - has a quote in a field that is not quoted, or text follows a closing quote,
// - has a quoted field that is never closed,
// - has a NUL, or a carriage return outside of quotes that does not end a line, or is not UTF-8,
// - has another number of fields than the first good row,
// - is longer than the limit.
//
// Reading continues after the bad row, so that a value in quotes is never taken for a row. Where
// the quotes themselves are wrong, so that the end of the row is unknown, reading continues at the
// next line (in the second case and for text after a quote: the line after the row's first), so
// that one stray quote does not swallow the file.
//
// Memory: the longest row; where a quote is never closed, the rest of the text. Not thread-safe.
class CsvReader {
 public:
  // kBackslash: in an unquoted field `\,` is a comma that belongs to the field, as in Amazon
  // Cognito's import files.
  enum class Commas { kPlain, kBackslash };
  explicit CsvReader(size_t greatest_row_bytes = 65'536, Commas commas = Commas::kPlain)
      : limit_(greatest_row_bytes), commas_(commas) {}

  // Adds more of the text.
  void Feed(std::string_view bytes);
  // Tells that there is no more text.
  void End() { ended_ = true; }
  // The next row; nullopt: more text is needed, or, after End(), there are no more rows.
  std::optional<CsvRow> Next();

 private:
  enum class Scan { kDone, kMore, kBad };
  // Each of these reads from `at`, and sets it behind what was read. With kBad they set `error`,
  // and `at` to the line with which reading continues.
  Scan ScanRow(size_t& at, std::vector<std::string>& fields, std::string& error) const;
  Scan ScanQuoted(size_t& at, std::string& field, std::string& error) const;
  Scan ScanPlain(size_t& at, std::string& field, std::string& error) const;
  // What is found at `at`, outside of quotes.
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
  size_t from_ = 0;  // everything before it has been read
  uint64_t line_ = 1;
  size_t columns_ = 0;  // 0: no good row yet
  size_t wanted_ = 0;   // how many bytes to wait for before a long row is tried again
  bool begun_ = false;
  bool skipping_ = false;  // the rest of a bad row's line is being skipped
  bool ended_ = false;
};

// Writes `field` as part of a row, in quotes where necessary. A lone carriage return and a
// backslash are quoted, too, so that both kinds of readers understand them in the same way.
std::string CsvField(std::string_view field);

}  // namespace sallyport::codec
