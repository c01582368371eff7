// Each page in Chromium: axe-core reports nothing, it works by the keyboard and without JavaScript, it is small and asks no other host.
// With "pictures" given, a picture of each is written there.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { assert, given } from "./judge.mjs";
import { browser, freshBrowser, typeSignIn } from "./browser/chromium.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const base = `${given.url}/${given.poolId}`;
const query = new URLSearchParams({
  client_id: given.publicClientId, redirect_uri: `${given.app}/callback`, response_type: "code", scope: "openid email", state: "s",
});
const at = (path, more = {}) => `${base}${path}?${new URLSearchParams([...query, ...Object.entries(more)])}`;

// Each leads a fresh tab to its page.
const pages = {
  sign_in: (page) => page.goto(at("/login")),
  sign_in_wrong: async (page) => {
    await page.goto(at("/login"));
    await typeSignIn(page, given.username, "wrong");
    await page.waitForSelector("[role=alert]");
  },
  sign_up: (page) => page.goto(at("/signup")),
  confirm: async (page, name) => {
    await page.goto(at("/signup"));
    await page.fill("#username", `new.${name}@example.com`);
    await page.fill("#password", given.password);
    await page.fill("#again", given.password);
    for (const field of await page.$$("input[required]")) {
      if (!(await field.inputValue())) await field.fill("new@example.com");
    }
    await page.click("button[type=submit]");
    await page.waitForSelector("#code");
  },
  forgot_password: (page) => page.goto(at("/forgotPassword")),
  reset_password: async (page) => {
    await page.goto(at("/forgotPassword"));
    await page.fill("#username", given.username);
    await page.click("button[type=submit]");
    await page.waitForSelector("#code");
  },
  new_password: async (page) => {
    await page.goto(at("/login"));
    await typeSignIn(page, given.temporaryUsername, given.temporaryPassword);
    await page.waitForSelector("#again");
  },
  consent: async (page) => {
    await page.goto(at("/login", { prompt: "consent" }));
    await typeSignIn(page);
    await page.waitForSelector("#allow");
  },
  // Of who has just signed in.
  choose_account: async (page) => {
    await page.goto(at("/login", { prompt: "select_account" }));
    await page.waitForSelector("#continue");
  },
  signed_out: (page) => page.goto(`${base}/logout`),
  error: (page) => page.goto(`${base}/oauth2/authorize?client_id=${given.publicClientId}&redirect_uri=https%3A%2F%2Fevil.example%2F`),
};

// Both schemes and both sizes; with pictures each with each.
const looks = [
  ["phone", "light"], ["desktop", "dark"], ...(given.pictures ? [["phone", "dark"], ["desktop", "light"]] : []),
].map(([device, scheme]) => ({
  name: `${device}_${scheme}`,
  options: {
    colorScheme: scheme, javaScriptEnabled: true,
    viewport: device === "phone" ? { width: 390, height: 780 } : { width: 1120, height: 720 },
  },
}));

for (const look of looks) {
  const context = await freshBrowser(look.options);
  for (const [name, open] of Object.entries(pages)) {
    const page = await context.newPage();
    let bytes = 0;
    page.on("response", async (response) => { bytes += (await response.body().catch(() => Buffer.alloc(0))).length; });
    await open(page, look.name);
    await page.evaluate(axe);
    // What a page is made of is the same in each look; its colours are not.
    const rules = look === looks[0] ? {} : { runOnly: ["color-contrast"] };
    const { violations } = await page.evaluate((options) => window.axe.run(options), rules);
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), [], `${name} ${look.name}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${name} ${look.name} is too wide`);
    if (name === "sign_in") assert.ok(bytes > 0 && bytes < 30 * 1024, `${bytes} bytes`);
    if (given.pictures) await page.screenshot({ path: `${given.pictures}/${name}_${look.name}.png` });
    await page.close();
  }
  assert.deepEqual(context.foreign, []);
  await context.close();
}

// Without JavaScript, and with form_post, whose page then has a button.
const plain = await freshBrowser({ javaScriptEnabled: false });
const page = await plain.newPage();
await page.goto(at("/oauth2/authorize", { response_mode: "form_post" }));
assert.equal(await page.locator(".show").count(), 0);
await typeSignIn(page);
await page.waitForSelector("#answer");
assert.ok(await page.isVisible("#answer button"));
await page.route(`${given.app}/**`, (route) => route.fulfill({ body: route.request().postData() }));
await page.click("#answer button");
await page.waitForURL(`${given.app}/callback`);
assert.match(await page.textContent("body"), /code=/);
// Back, and once more: the code is spent or not, the page still is one.
await page.goBack();
assert.ok(await page.isVisible("body"));
await plain.close();

// Where scripts run, a password can be shown, and a second click sends nothing more.
const scripted = await freshBrowser({});
const form = await scripted.newPage();
await form.goto(at("/login"));
await form.fill("#username", "nobody");
await form.fill("#password", "a wrong one");
await form.click(".show");
assert.equal(await form.getAttribute("#password", "type"), "text");
let posts = 0;
await form.route(`${base}/login?**`, async (route) => {
  if (route.request().method() === "POST") {
    posts += 1;
    await new Promise((resolve) => { setTimeout(resolve, 300); });
  }
  await route.continue();
});
await form.dblclick("button[type=submit]");
await form.waitForSelector("[role=alert]");
assert.equal(posts, 1);
await scripted.close();
await browser.close();
