// The demo people in their own browsers, and what they do on the screen, as several tests need it.

import { expect, listen, test as base } from "./fixtures.js";

const PASSWORD = "demo kettle seven";
const states = new Map();

/** The cookie with which somebody is signed in; one session for each person and worker is enough. */
async function signIn(playwright, baseURL, person) {
  const request = await playwright.request.newContext({ baseURL });
  const form = { _call: "session/sign_in", next: "", email: `${person}@demo.test`, password: PASSWORD };
  const answer = await request.post("/sign-in", { form, headers: { Origin: baseURL } });
  expect(new URL(answer.url()).pathname).toBe("/orders");
  const state = await request.storageState();
  await request.dispose();
  return state;
}

export const test = base.extend({
  /** `await as("ada")` opens a browser of its own in which Ada is signed in; `as(null)` is a stranger. */
  as: async ({ browser, playwright, baseURL, expectedSayings }, use) => {
    const contexts = [];
    const said = [];
    await use(async (person, options = {}) => {
      if (person && !states.has(person)) states.set(person, signIn(playwright, baseURL, person));
      const context = await browser.newContext({ storageState: person ? await states.get(person) : undefined, ...options });
      const page = await context.newPage();
      contexts.push(context);
      said.push(listen(page, baseURL));
      return page;
    });
    for (const context of contexts) await context.close();
    const unexpected = said.flat().filter((line) => !expectedSayings.some((pattern) => pattern.test(line)));
    expect(unexpected, "every console stays silent").toEqual([]);
  },
});

export const KETTLES = { items: [["Kettle", "2", "10000"], ["Tea, 1 kg", "1", "5000"]], total: "₦ 25,000.00" };

/** A seller places an order for Bisi and gets its address. */
export async function place(seller, { items = KETTLES.items, terms = {}, buyer = "Bisi Alade", email = "bisi@demo.test" } = {}) {
  await seller.goto("/orders/new");
  await seller.getByLabel("Buyer’s name").fill(buyer);
  await seller.getByLabel("Buyer’s e-mail").fill(email);
  for (const [at, [title, quantity, price]] of items.entries()) {
    const row = seller.getByRole("group", { name: `Item ${at + 1}` });
    await row.getByLabel("What it is").fill(title);
    await row.getByLabel("How many").fill(quantity);
    await row.getByLabel("Price of one").fill(price);
  }
  if (Object.keys(terms).length > 0) await seller.getByText("Change the terms for this order").click();
  for (const [label, value] of Object.entries(terms)) await seller.getByLabel(label).fill(value);
  await seller.getByRole("button", { name: "Place the order" }).click();
  await seller.waitForURL(/\/orders\/HF-[^/]+$/);
  return new URL(seller.url()).pathname;
}

/** The buyer goes from the order to the page on which it is paid, and pays. */
export async function pay(buyer, order) {
  await buyer.goto(order);
  await buyer.getByRole("link", { name: /^Pay/ }).click();
  await fillCard(buyer);
  await buyer.getByRole("button", { name: /^Pay/ }).click();
  await expect(buyer.getByRole("heading", { name: "Paid, held" })).toBeVisible();
}

/** Writes a card into the form of the pay page. */
export async function fillCard(page, number = "4242 4242 4242 4242") {
  await page.getByLabel("Card number").fill(number);
  await page.getByLabel("Valid until").fill("12/39");
  await page.getByLabel("Security code").fill("123");
  await page.getByLabel("Name on the card").fill("Bisi Alade");
}

/** The offer with these words on it. */
export function offer(page, words) {
  return page.locator("details[name=offer]").filter({ has: page.locator("summary", { hasText: words }) });
}

/** Unfolds an offer, fills in its fields by their labels (`true` ticks), and presses its button. */
export async function act(page, words, fields = {}) {
  const card = offer(page, words);
  await card.locator("summary").click();
  for (const [label, value] of Object.entries(fields)) {
    const field = card.getByLabel(label, { exact: true }).or(card.getByLabel(`${label} (optional)`, { exact: true }));
    if (value === true) await field.check();
    else await field.fill(value);
  }
  // A field for files is a button to listeners as well, and there may be buttons that send nothing.
  await card.locator("button:not([type])").click();
}

/** What a reader must see of an order: its status, whose turn it is, and lines of the money panel. */
export async function expectOrder(page, { status, turn, money = {} }) {
  await expect(page.locator(".order-head .badge")).toHaveText(status);
  await expect(page.locator("#turn")).toHaveText(turn);
  const panel = page.getByRole("region", { name: "Money" });
  for (const [label, amount] of Object.entries(money)) {
    const line = panel.locator(".lines > div").filter({ has: page.locator("dt", { hasText: label }) });
    await expect(line.locator("dd")).toHaveText(amount);
  }
}

/** The events of the timeline that happened, the newest first. */
export function happened(page) {
  return page.locator(".timeline > li:not(.now):not(.coming) b");
}

export { expect };
