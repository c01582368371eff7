#include "delivery/mail.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/encoding.h"

namespace sallyport::delivery {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
// RFC 2045 section 6.8.
constexpr size_t kBase64Line = 76;
// RFC 2047, section 2, allows 75 characters including "=?UTF-8?B?" and "?="; 45 bytes become 60 of
// base64.
constexpr size_t kWordBytes = 45;

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), IsControl);
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Makes a header's value: characters that would end the header become spaces, and text that is not
// ASCII or is too long for a line becomes encoded words, each with whole characters.
std::string HeaderText(std::string_view text) {
  std::string clean(text);
  std::replace_if(clean.begin(), clean.end(), IsControl, ' ');
  if (IsAscii(clean) && clean.size() <= kBase64Line && clean.find("=?") == std::string::npos) {
    return clean;
  }
  std::string words;
  for (size_t begin = 0; begin < clean.size();) {
    size_t end = std::min(begin + kWordBytes, clean.size());
    while (end < clean.size() && end > begin + 1 &&
           (static_cast<unsigned char>(clean[end]) & 0xc0) == 0x80) {
      --end;
    }
    if (!words.empty()) words += "\r\n ";
    words += fmt::format(
        "=?UTF-8?B?{}?=",
        base::Base64Encode(base::AsBytes(std::string_view(clean).substr(begin, end - begin))));
    begin = end;
  }
  return words;
}

std::string Base64Lines(std::string_view text) {
  const std::string encoded = base::Base64Encode(base::AsBytes(text));
  std::string lines;
  for (size_t at = 0; at < encoded.size(); at += kBase64Line) {
    lines.append(encoded, at, kBase64Line);
    lines += kLineEnd;
  }
  return lines;
}

}  // namespace

std::string_view EnvelopeAddress(std::string_view mailbox) {
  std::string_view address = mailbox;
  if (const size_t open = mailbox.rfind('<'); open != std::string_view::npos) {
    const size_t close = mailbox.find('>', open);
    if (close == std::string_view::npos) return {};
    address = mailbox.substr(open + 1, close - open - 1);
  }
  const size_t at = address.rfind('@');
  const bool right = at != std::string_view::npos && at > 0 && at + 1 < address.size() &&
                     !HasControl(mailbox) && address.find_first_of(" <>") == std::string_view::npos;
  return right ? address : std::string_view();
}

base::Result<std::string> FormatMail(const domain::Message& message, std::string_view from,
                                     int64_t now_seconds) {
  const std::string_view sender = EnvelopeAddress(from);
  if (sender.empty()) return base::Error{"invalid_mail", "the sender is not an e-mail address", ""};
  if (EnvelopeAddress(message.destination) != message.destination || message.destination.empty()) {
    return base::Error{"invalid_mail", "the destination is not an e-mail address", ""};
  }
  std::string mail = fmt::format(
      "Date: {:%a, %d %b %Y %H:%M:%S} +0000\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\n"
      "Message-ID: <{}@{}>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
      "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n",
      fmt::gmtime(static_cast<std::time_t>(now_seconds)), from, message.destination,
      HeaderText(message.subject), message.id, sender.substr(sender.rfind('@') + 1));
  if (!EnvelopeAddress(message.reply_to).empty()) {
    mail += fmt::format("Reply-To: {}\r\n", message.reply_to);
  }
  mail += kLineEnd;
  mail += Base64Lines(message.body);
  return mail;
}

}  // namespace sallyport::delivery
