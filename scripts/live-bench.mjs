// How long it takes from a commit until open pages hear of it, and what they cost the server. It prints and asserts nothing.
//
//   node scripts/live-bench.mjs PROGRAM [windows=200] [changes=200] [database-url]
//
// With SCREEN=1 every window also fetches what pages fetch when the order that they show has changed: the order at once, and
// once it has that, the list 0.4 to 1.4 seconds later, one list for whatever it hears meanwhile; no part twice at a time, nor
// more often than a page does. One more window in a real browser shows the order: then it is told how long it takes until that
// screen has changed. Changes come once a second, so that lists of one are still fetched while orders of the next are.
//
// Every twenty changes are made to another order, so that none grows longer than orders do; all windows go on to it.
//
// PROGRAM is a built `holdfast`; it is started on a database of its own with the demo people. Windows are connections of
// Ada's staff, of the marketplace and of Bisi; changes are notes that Ada writes on one of her orders.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [program, windows = 200, changes = 200, url] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "holdfast-live-"));
const port = 3987;
/** How many changes are made to one order. */
const CHANGES_OF_ONE = 20;
const base = `http://127.0.0.1:${port}`;
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });
const server = spawn(program, ["serve", "--demo", "--listen", `127.0.0.1:${port}`, "--database-url", url ?? `sqlite://${folder}/live.db`, "--secret-file", `${folder}/secret.key`], { stdio: ["ignore", "ignore", "inherit"] });

/** What the server holds in memory, in MB. */
const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function ask(path, { cookie, form } = {}) {
  const body = form && new URLSearchParams(form).toString();
  const headers = { ...(cookie && { cookie }), ...(body && { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(body), origin: base }) };
  return new Promise((done, failed) => {
    const request = http.request(base + path, { method: body ? "POST" : "GET", headers, agent }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part) => (text += part)).on("end", () => done({ status: answer.statusCode, headers: answer.headers, text }));
    });
    request.on("error", failed).end(body);
  });
}

async function signIn(person) {
  const answer = await ask("/rpc/session/sign_in", { form: { email: `${person}@demo.test`, password: "demo kettle seven" } });
  return answer.headers["set-cookie"][0].split(";")[0];
}

/** Fetches a part of a page as a window does, without reading it: what windows do with it is done on other machines. */
function fetchPart(part, path, cookie) {
  return new Promise((done) => {
    http.get(base + path, { headers: { cookie, "x-part": part, "accept-encoding": "gzip, deflate, br" }, agent }, (answer) => answer.on("end", done).resume()).on("error", done);
  });
}

/** What a window does for one part: it fetches it after a pause, but not while it is on its way, and not again too soon. */
function lane(fetch) {
  let due, timer, fetching = false, mayFrom = 0;
  const wake = () => {
    clearTimeout(timer);
    if (due === undefined || fetching) return;
    const wait = Math.max(due, mayFrom) - performance.now();
    if (wait > 0) timer = setTimeout(wake, wait);
    else run();
  };
  const run = async () => {
    const began = performance.now();
    [due, fetching] = [undefined, true];
    await fetch();
    fetching = false;
    mayFrom = began + Math.max(250, Math.min(5_000, 2 * (performance.now() - began)));
    wake();
  };
  return (after) => {
    due = Math.min(due ?? Infinity, performance.now() + after);
    wake();
  };
}

/** What a window does when the order that it shows has changed. */
function renewing(path, cookie) {
  const list = lane(() => fetchPart("list", path(), cookie));
  const order = lane(() => fetchPart("order", path(), cookie).then(() => list(400 + Math.random() * 1_000)));
  return () => order(0);
}

/** Opens a window that notes when it hears of each version of an order. */
function listen(cookie, heard) {
  return new Promise((done, failed) => {
    http.get(`${base}/live`, { headers: { cookie }, agent: false }, (answer) => {
      if (answer.statusCode !== 200) return failed(new Error(`/live answered ${answer.statusCode}`));
      answer.setEncoding("utf8").on("data", (text) => {
        const now = performance.now();
        for (const [, shown] of text.matchAll(/^data: (HF-\S+:\d+)$/gm)) heard(shown, now);
      });
      done();
    }).on("error", failed);
  });
}

/** A real browser that shows orders to somebody; gives when each version of them was on the screen. */
async function show(cookie) {
  const { chromium } = createRequire(join(import.meta.dirname, "../end2end/package.json"))("@playwright/test");
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: process.getuid() === 0 ? ["--no-sandbox"] : [] });
  const context = await browser.newContext();
  const [name, value] = cookie.split("=");
  await context.addCookies([{ name, value, url: base }]);
  const page = await context.newPage();
  const shown = new Map();
  await page.exposeFunction("tell", (version, at) => shown.set(version, at - performance.timeOrigin));
  const open = async (path) => {
    await page.goto(base + path);
    await page.locator("html[data-awake]").waitFor({ state: "attached" });
    await page.evaluate(() => {
      const order = document.querySelector("article.order");
      const now = () => performance.timeOrigin + performance.now();
      new MutationObserver(() => window.tell(order.dataset.v, now())).observe(order, { attributeFilter: ["data-v"] });
    });
  };
  return { shown, open, close: () => browser.close() };
}

function print(what, times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)].toFixed(1);
  console.log(`${what.padEnd(32)} p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, last ${at(1)} ms`);
}

try {
  for (let tries = 0; tries < 300 && !(await ask("/readyz").then(({ status }) => status === 200, () => false)); tries++) await pause(100);
  const [seller, buyer] = await Promise.all(["ada", "bisi"].map(signIn));
  const place = async () => (await ask("/rpc/orders/place", { cookie: seller, form: { buyer_email: "bisi@demo.test", buyer_name: "Bisi Alade", "title.1": "Kettle", "price.1": "100.00", "seller": "" } })).headers.location;
  let path = await place();
  // A page of each kind is drawn first, so that what that costs once is not counted as a window's.
  for (let i = 0; i < 20; i++) await ask(path, { cookie: buyer });
  await pause(500);
  const before = memory();
  const times = new Map();
  const hearings = [];
  // One person may have forty: all who may see the order open as many.
  const people = ["ada", "tunde", "bisi", "admin", "disputes", "finance"];
  const cookies = await Promise.all(people.map(signIn));
  const screen = process.env.SCREEN ? await show(buyer) : undefined;
  await screen?.open(path);
  let open = 0;
  for (; open < windows; open++) {
    const cookie = cookies[open % cookies.length];
    const renew = renewing(() => path, cookie);
    await listen(cookie, (shown, at) => {
      hearings.push([shown, at]);
      if (screen) renew();
    });
  }
  await pause(500);
  console.log(`${open} windows open, ${(memory() - before).toFixed(1)} MB more than before (${before.toFixed(1)} MB)`);
  const writes = [];
  for (let change = 0; change < Number(changes); change++) {
    if (change > 0 && change % CHANGES_OF_ONE === 0) {
      path = await place();
      await screen?.open(path);
      await pause(500);
    }
    const reference = path.split("/").pop();
    const version = 2 + (change % CHANGES_OF_ONE);
    const form = { order: reference, verb: "note", version: version - 1, key: `live-${change}`, text: `Note ${version}`, audience: "everyone" };
    const started = performance.now();
    const answer = await ask("/rpc/orders/act", { cookie: seller, form });
    const committed = performance.now();
    if (answer.status >= 400) throw new Error(`${answer.status}: ${answer.text}`);
    writes.push(committed - started);
    times.set(`${reference}:${version}`, [started, committed]);
    await pause(screen ? 1_000 : 30);
  }
  await pause(500);
  const told = hearings.filter(([shown]) => times.has(shown));
  console.log(`${changes} changes, heard ${told.length} times of ${open * changes}`);
  print("from the press to its answer", writes);
  print("from the press to each window", told.map(([shown, at]) => at - times.get(shown)[0]));
  print("from the answer to each window", told.map(([shown, at]) => at - times.get(shown)[1]));
  if (screen) {
    const seen = [...screen.shown].filter(([shown]) => times.has(shown));
    console.log(`the browser's window showed ${seen.length} of ${changes} versions`);
    print("from the answer to the screen", seen.map(([shown, at]) => at - times.get(shown)[1]));
    await screen.close();
  }
  console.log(`memory at the end: ${(memory() - before).toFixed(1)} MB more than before`);
} finally {
  server.kill("SIGTERM");
  await new Promise((done) => server.once("exit", done));
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
