// SettingsDoc: the text of docs/settings.md, made of the table of settings.
#pragma once

#include <string>

namespace sallyport::operations {

std::string SettingsDoc();

}  // namespace sallyport::operations
