// Debian's Chromium, driven by Playwright, and an app's own site beside it.
import { readFileSync } from "node:fs";
import https from "node:https";
import { chromium } from "playwright-core";
import { given } from "../judge.mjs";

export const START = {
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
};
export const browser = await chromium.launch(START);

// A browser of its own: no cookies yet. Requests to other hosts than the two servers are a fault of a page.
export async function freshBrowser(options = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB", ...options });
  context.setDefaultTimeout(15000);
  context.foreign = [];
  context.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith("http") && ![new URL(given.url).host, new URL(given.app).host].includes(host)) {
      context.foreign.push(request.url());
    }
  });
  return context;
}

// The app's site: `/` is an empty page, /NAME.js what `scripts` has under that name. `seen` has each request.
export function serveApp(scripts) {
  const seen = [];
  const server = https.createServer(
    { cert: readFileSync(given.certificate), key: readFileSync(given.key) },
    (request, response) => {
      const chunks = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => {
        const url = new URL(request.url, given.app);
        seen.push({ method: request.method, url, body: Buffer.concat(chunks).toString() });
        const script = scripts[url.pathname.slice(1)];
        response.setHeader("Content-Type", script ? "text/javascript" : "text/html");
        response.end(script ?? `<!doctype html><title>app</title>${Object.keys(scripts).filter((name) => url.pathname.startsWith("/" + name.split(".")[0])).map((name) => `<script src="/${name}"></script>`).join("")}`);
      });
    },
  );
  return new Promise((resolve) => {
    server.listen(Number(new URL(given.app).port), "127.0.0.1", () => resolve({ seen, close: () => server.close() }));
  });
}

// What a person does on the sign-in page, with the keyboard alone.
export async function typeSignIn(page, name = given.username, password = given.password) {
  await page.waitForSelector("#username");
  await page.keyboard.type(name);
  await page.keyboard.press("Tab");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
}
