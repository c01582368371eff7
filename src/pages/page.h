// PageTemplate: HTML with places for values, in the language of ctemplate
// (https://github.com/olafvdspek/ctemplate, doc/guide.html):
//
// clang-format off
//   {{NAME}}                       a value
//   {{#ENTRY}} ... {{/ENTRY}}      a section, shown once for each call of Add("ENTRY")
// clang-format on
//
// Each value is escaped for the place in which it stands: as text, in an attribute, as a URL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace ctemplate {
class TemplateCache;
class TemplateDictionary;
}  // namespace ctemplate

namespace sallyport::pages {

// The values for a template. A copy shares them with the original. Not thread-safe.
class Values {
 public:
  Values();

  // A name that the template does not have is ignored. A name that is not set is shown as "".
  void Set(const char* name, std::string_view value);
  // Shows the section once more. The result takes the values of this showing; for a name that is
  // not set there, the value that is set here is used.
  Values Add(const char* section);

 private:
  friend class PageTemplate;
  Values(std::shared_ptr<ctemplate::TemplateDictionary> root, ctemplate::TemplateDictionary* at);

  std::shared_ptr<ctemplate::TemplateDictionary> root_;
  ctemplate::TemplateDictionary* at_;  // owned by root_
};

// Immutable and thread-safe.
class PageTemplate {
 public:
  // Throws std::logic_error if the text is not a valid template: it is a part of the program.
  explicit PageTemplate(std::string_view text);
  ~PageTemplate();
  PageTemplate(const PageTemplate&) = delete;
  PageTemplate& operator=(const PageTemplate&) = delete;

  std::string Fill(const Values& values) const;

 private:
  std::unique_ptr<ctemplate::TemplateCache> cache_;  // has only this template
};

}  // namespace sallyport::pages
