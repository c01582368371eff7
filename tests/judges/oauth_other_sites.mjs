// What Chromium lets an app do that lives on another site than the pages: lead on from its callback to a third origin, and sign out by a form.
import { readFileSync } from "node:fs";
import https from "node:https";
import { assert, given } from "./judge.mjs";
import { browser, freshBrowser, typeSignIn } from "./browser/chromium.mjs";

const base = `${given.url}/${given.poolId}`;
const elsewhere = given.app.replace("127.0.0.1", "localhost");
const codes = [];
const site = https.createServer({ cert: readFileSync(given.certificate), key: readFileSync(given.key) }, (request, response) => {
  const url = new URL(request.url, given.app);
  if (url.pathname === "/callback") {
    const take = (text) => {
      codes.push(new URLSearchParams(text).get("code"));
      response.writeHead(302, { Location: `${elsewhere}/home` }).end();
    };
    if (request.method === "GET") return take(url.search);
    let body = "";
    request.on("data", (chunk) => { body += chunk; });
    return request.on("end", () => take(body));
  }
  response.setHeader("Content-Type", "text/html");
  const leave = `<form method="post" action="${base}/logout"><input name="client_id" value="${given.publicClientId}">` +
    `<input name="post_logout_redirect_uri" value="${given.app}/bye"><button>Sign out</button></form>`;
  return response.end(`<!doctype html><title>app</title>${url.pathname === "/leave" ? leave : "home"}`);
});
await new Promise((resolve) => { site.listen(Number(new URL(given.app).port), "127.0.0.1", resolve); });

const token = async (form) => {
  const response = await fetch(`${base}/oauth2/token`, { method: "POST", body: new URLSearchParams({ client_id: given.publicClientId, ...form }) });
  return { status: response.status, body: await response.json() };
};

for (const mode of ["query", "form_post"]) {
  const context = await freshBrowser();
  const page = await context.newPage();
  const request = new URLSearchParams({
    client_id: given.publicClientId, redirect_uri: `${given.app}/callback`, response_type: "code", scope: "openid", response_mode: mode,
  });
  await page.goto(`${base}/oauth2/authorize?${request}`);
  await typeSignIn(page);
  await page.waitForURL(`${elsewhere}/home`);
  const { status, body } = await token({ grant_type: "authorization_code", code: codes.pop(), redirect_uri: `${given.app}/callback` });
  assert.equal(status, 200);
  // The form comes from another site, so it brings no cookie of the pages.
  await page.goto(`${elsewhere}/leave`);
  await page.click("button");
  await page.waitForURL(`${given.app}/bye`);
  assert.equal((await token({ grant_type: "refresh_token", refresh_token: body.refresh_token })).status, 400, "what was signed out is dead");
  await page.goto(`${base}/oauth2/authorize?${request}&prompt=login`);
  await page.waitForSelector("#username");
  await context.close();
}
site.close();
await browser.close();
