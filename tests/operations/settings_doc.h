// SettingsDoc: docs/settings.md, as the table of settings has it.
#pragma once

#include <string>

namespace sallyport::operations {

std::string SettingsDoc();

}  // namespace sallyport::operations
