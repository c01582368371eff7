#include "pages/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

namespace sallyport::pages {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Fill(std::string_view text, std::string_view value) {
  Values values;
  values.Set("VALUE", value);
  return PageTemplate(text).Fill(values);
}

TEST(PageTemplate, EscapesAsText) {
  EXPECT_EQ(Fill("<p>{{VALUE}}</p>", "<script>alert(\"1\" & '2')</script>"),
            "<p>&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;</p>");
}

TEST(PageTemplate, EscapesInAnAttribute) {
  EXPECT_EQ(Fill("<i title=\"{{VALUE}}\"></i>", "\" onload=\"x"),
            "<i title=\"&quot; onload=&quot;x\"></i>");
}

TEST(PageTemplate, AUrlThatWouldRunIsNoUrl) {
  EXPECT_THAT(Fill("<a href=\"{{VALUE}}\">x</a>", "javascript:alert(1)"),
              Not(HasSubstr("javascript:")));
  EXPECT_THAT(Fill("<a href=\"{{VALUE}}\">x</a>", "https://example.com/?a=b&c=d"),
              HasSubstr("https://example.com/?a=b&amp;c=d"));
}

TEST(PageTemplate, KeepsLinesWhereTheTemplateSaysSo) {
  EXPECT_EQ(Fill("<pre>{{VALUE:pre_escape}}</pre>", "a\n  <b>\n"), "<pre>a\n  &lt;b&gt;\n</pre>");
}

TEST(PageTemplate, ASectionIsShownAsOftenAsItIsAdded) {
  const PageTemplate page("{{#ROW}}<li>{{NAME}} {{OF}}</li>{{/ROW}}.");
  Values values;
  EXPECT_EQ(page.Fill(values), ".");
  values.Set("OF", "all");
  values.Add("ROW").Set("NAME", "<1>");
  values.Add("ROW").Set("NAME", "2");
  EXPECT_EQ(page.Fill(values), "<li>&lt;1&gt; all</li><li>2 all</li>.");
}

TEST(PageTemplate, TwoTemplatesDoNotMeet) {
  const PageTemplate one("1{{VALUE}}");
  const PageTemplate two("2{{VALUE}}");
  EXPECT_EQ(one.Fill(Values()), "1");
  EXPECT_EQ(two.Fill(Values()), "2");
}

TEST(PageTemplate, ATextThatIsNoTemplateIsRefused) {
  EXPECT_THROW(PageTemplate("{{#ROW}}"), std::logic_error);
  EXPECT_THROW(PageTemplate("{{NAME"), std::logic_error);
}

TEST(PageTemplate, IsFilledByManyThreadsAtOnce) {
  const PageTemplate page("<p>{{VALUE}}</p>");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&page, i] {
      for (int round = 0; round < 500; ++round) {
        Values values;
        values.Set("VALUE", std::to_string(i));
        EXPECT_EQ(page.Fill(values), "<p>" + std::to_string(i) + "</p>");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace sallyport::pages
