// PageTemplate: HTML with places for values, in ctemplate's language
// (https://github.com/olafvdspek/ctemplate, doc/guide.html):
//
//   {{NAME}}                          a value
//   {{#ENTRY}} ... {{/ENTRY}}         what is shown once for each Values that were added to ENTRY
//
// Each value is escaped for the place where it stands: as text, in an attribute, as a URL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace ctemplate {
class TemplateCache;
class TemplateDictionary;
}  // namespace ctemplate

namespace sallyport::pages {

// What a template is filled with. A copy is the same values, not others alike. Not thread-safe.
class Values {
 public:
  Values();

  // A name that the template does not have shows nowhere; one that is not set is empty.
  void Set(const char* name, std::string_view value);
  // Shows the section once more, with what is set in the values that it gives; of what is not set
  // there, with what is set here.
  Values Add(const char* section);

 private:
  friend class PageTemplate;
  Values(std::shared_ptr<ctemplate::TemplateDictionary> root, ctemplate::TemplateDictionary* at);

  std::shared_ptr<ctemplate::TemplateDictionary> root_;
  ctemplate::TemplateDictionary* at_;  // in the root
};

// Immutable, thread-safe.
class PageTemplate {
 public:
  // Throws std::logic_error where the text is no template: it is a part of the program.
  explicit PageTemplate(std::string_view text);
  ~PageTemplate();
  PageTemplate(const PageTemplate&) = delete;
  PageTemplate& operator=(const PageTemplate&) = delete;

  std::string Fill(const Values& values) const;

 private:
  std::unique_ptr<ctemplate::TemplateCache> cache_;  // of the one template
};

}  // namespace sallyport::pages
