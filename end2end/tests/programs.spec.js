// What programs need of people: keys that are made, shown once and taken away, and the page that says what they can do.

import { awake, expectAccessible, expectValidHtml } from "./fixtures.js";
import { expect, test } from "./people.js";

const KEY = /^hf_test_[\w-]{43}$/;

/** Looks at the page as it stands in the light, and then in the dark, where only the colours are others. */
async function expectAccessibleInBoth(page) {
  await page.emulateMedia({ colorScheme: "light" });
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page, ["color-contrast", "link-in-text-block"]);
}

/** Makes a test key of this name that may do this, and gives it. */
async function make(page, name, may) {
  await page.goto("/settings/keys");
  await page.getByText("Make a key…").click();
  const form = page.locator("form#add");
  await form.getByLabel("Name", { exact: true }).fill(name);
  for (const label of may) await form.getByLabel(label).check();
  await form.getByRole("button", { name: "Make it" }).click();
  const shown = page.getByRole("region", { name: "Copy this now: it is not shown again" });
  const key = await shown.locator("code").innerText();
  expect(key).toMatch(KEY);
  return key;
}

/** What the API answers to whoever shows this key. */
const call = (request, key, path) => request.get(`/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } });

test("a key is shown once, works, and works no more when it is taken away", async ({ as, request }) => {
  const page = await as("ada");
  await page.goto("/settings/keys");
  await awake(page);
  await expectAccessibleInBoth(page);
  await expectValidHtml(page.request, "/settings/keys");
  const name = `Till ${Date.now()}`;
  const key = await make(page, name, ["Place orders and answer buyers"]);
  await expectAccessibleInBoth(page);
  expect((await call(request, key, "/me")).status()).toBe(200);
  const me = await (await call(request, key, "/me")).json();
  expect(me.permissions).toEqual(["read", "sell"]);
  await page.reload();
  await expect(page.getByText("Copy this now")).toHaveCount(0);
  expect(await page.content()).not.toContain(key);
  const row = page.getByRole("row").filter({ hasText: name }).first();
  await expect(row).toContainText(key.slice(0, 14));
  await row.getByText("Take away…").click();
  await row.getByRole("button", { name: "Take away", exact: true }).click();
  await expect(row).toContainText("Taken away");
  await expectAccessibleInBoth(page);
  expect((await call(request, key, "/me")).status()).toBe(401);
});

test("the page of the API shows all of it, and tries it in the sandbox", async ({ as }) => {
  const [seller, stranger] = await Promise.all([as("ada"), as(null)]);
  const key = await make(seller, "Tried on the page", ["Place orders and answer buyers", "Write notes"]);
  const document = await (await stranger.request.get("/api/openapi.json")).json();
  await stranger.goto("/api");
  await expectAccessibleInBoth(stranger);
  await expectValidHtml(stranger.request, "/api");
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
  expect(operations.length).toBeGreaterThan(70);
  for (const id of operations) await expect(stranger.locator(`details[id="${id}"]`)).toHaveCount(1);
  const form = stranger.locator("form#try");
  const answer = stranger.locator("#answer");
  await form.getByLabel("Key").fill(key);
  await form.getByRole("button", { name: "Send" }).click();
  await expect(answer).toContainText("Ada Stores");
  // An entry fills the form; what it places is an order of the sandbox.
  const entry = stranger.locator("details#placeOrder");
  await entry.locator("summary").click();
  await expectAccessible(stranger);
  await entry.getByRole("button", { name: "Try it" }).click();
  await expect(form.getByLabel("Path")).toHaveValue("/orders");
  const order = JSON.parse(await form.getByLabel("Body").inputValue());
  await form.getByLabel("Body").fill(JSON.stringify({ ...order, external_ref: `page-${Date.now()}` }));
  await form.getByRole("button", { name: "Send" }).click();
  await expect(answer).toContainText("201");
  const reference = /HF-[0-9A-Z]{5}-[0-9A-Z]{5}/.exec(await answer.innerText())[0];
  await form.getByLabel("Method").selectOption("GET");
  await form.getByLabel("Path").fill(`/orders/${reference}?fields=is_test,status`);
  await form.getByRole("button", { name: "Send" }).click();
  await expect(answer).toContainText('"is_test": true');
  await expect(answer).toContainText('"status": "awaiting_payment"');
});

test.describe("with a key that is none", () => {
  test.use({ expectedSayings: [/401 \(Unauthorized\)/] });

  test("the page of the API says so", async ({ as }) => {
    const page = await as(null);
    await page.goto("/api");
    await page.locator("form#try").getByLabel("Key").fill("hf_test_nothing");
    await page.locator("form#try").getByRole("button", { name: "Send" }).click();
    await expect(page.locator("#answer")).toContainText("key_unknown");
  });
});
