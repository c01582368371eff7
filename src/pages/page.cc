#include "pages/page.h"

#include <ctemplate/template.h>

#include <stdexcept>
#include <utility>

namespace sallyport::pages {
namespace {

constexpr char kName[] = "page";
// Put before the text of each template, so that none goes without it.
constexpr std::string_view kEscaped = "{{%AUTOESCAPE context=\"HTML\"}}";

}  // namespace

Values::Values()
    : root_(std::make_shared<ctemplate::TemplateDictionary>(kName)), at_(root_.get()) {}

Values::Values(std::shared_ptr<ctemplate::TemplateDictionary> root,
               ctemplate::TemplateDictionary* at)
    : root_(std::move(root)), at_(at) {}

void Values::Set(const char* name, std::string_view value) {
  at_->SetValue(name, ctemplate::TemplateString(value.data(), value.size()));
}

Values Values::Add(const char* section) {
  return {root_, at_->AddSectionDictionary(section)};
}

PageTemplate::PageTemplate(std::string_view text)
    : cache_(std::make_unique<ctemplate::TemplateCache>()) {
  std::string escaped(kEscaped);
  escaped += text;
  if (!cache_->StringToTemplateCache(kName, escaped.data(), escaped.size(),
                                     ctemplate::STRIP_BLANK_LINES)) {
    throw std::logic_error("not a template of a page");
  }
  cache_->Freeze();
}

PageTemplate::~PageTemplate() = default;

std::string PageTemplate::Fill(const Values& values) const {
  std::string page;
  ctemplate::StringEmitter emitter(&page);
  if (!cache_->ExpandNoLoad(kName, ctemplate::STRIP_BLANK_LINES, values.at_, nullptr, &emitter)) {
    throw std::logic_error("a page cannot be filled");
  }
  return page;
}

}  // namespace sallyport::pages
