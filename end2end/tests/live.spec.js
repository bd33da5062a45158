// Two people look at one order: one acts, the other sees and hears it without loading the page again, and loses nothing.

import { act, expect, expectOrder, happened, offer, pay, place, test } from "./people.js";
import { awake, expectAccessible, expectValidHtml } from "./fixtures.js";

/** Marks the document, so that a page that was loaded again is known, and keeps what listeners are told. */
const remember = (page) =>
  page.evaluate(() => {
    document.documentElement.dataset.same = "yes";
    const region = document.getElementById("live");
    window.told = [];
    new MutationObserver(() => window.told.push(region.textContent)).observe(region, { childList: true });
  });
const expectSame = (page) => expect(page.locator("html[data-same]")).toHaveCount(1);
/** Other tests act on orders of the same people meanwhile, so what is told of this one may stand among more. */
const expectTold = (page, words) => expect.poll(() => page.evaluate(() => window.told.join(". "))).toContain(words);

/** Placed and paid, and open in the windows of both. */
async function paid(as, [person, name] = ["bisi", "Bisi Alade"]) {
  const [seller, buyer] = await Promise.all([as("ada"), as(person)]);
  const order = await place(seller, { buyer: name, email: `${person}@demo.test` });
  await pay(buyer, order);
  return { seller, buyer, order, reference: order.split("/").pop() };
}

async function open(page, address) {
  await page.goto(address);
  await awake(page);
  await remember(page);
}

test("what one does the other sees and hears without loading the page again", async ({ as }) => {
  const { seller, buyer, order, reference } = await paid(as);
  await open(buyer, `${order}?tab=all&q=${reference}`);
  await seller.goto(order);
  await act(seller, "Mark delivered: all 3 items");
  await expectOrder(buyer, { status: "Delivered, awaiting response", turn: "It is your turn: accept or reject the delivery" });
  await expectTold(buyer, `Order ${reference}: delivered, your turn`);
  await expect(offer(buyer, /^Accept all 3 items/)).toBeVisible();
  await expect(happened(buyer).first()).toHaveText("Delivered");
  await expect(buyer.locator(`.row[data-v^="${reference}:"] .turn-of`)).toHaveText("Your turn");
  await expectSame(buyer);
  await expectAccessible(buyer);
  // And what came with the change works as if it had been there from the start.
  await act(buyer, /^Accept all 3 items/);
  await expectOrder(buyer, { status: "Completed", turn: "Over: the money was released" });
});

/** Which parts this page asks its own address for from now on, in their order. */
function asks(page) {
  const asked = [];
  page.on("request", (request) => {
    if (request.resourceType() === "xhr" && request.method() === "GET") asked.push(request.headers()["x-part"]);
  });
  return asked;
}

test("the order that changed is fetched without the list, and its list soon after", async ({ as }) => {
  const { seller, buyer, order, reference } = await paid(as);
  await open(buyer, `${order}?tab=all&q=${reference}`);
  const article = buyer.locator("article.order");
  const row = buyer.locator(`.row[data-v^="${reference}:"]`);
  const version = (of) => of.getAttribute("data-v");
  const before = await version(article);
  expect(await version(row)).toBe(before);
  const asked = asks(buyer);
  await seller.goto(order);
  await act(seller, "Mark delivered: all 3 items");
  await expect.poll(() => version(article)).not.toBe(before);
  await expect.poll(async () => (await version(row)) === (await version(article))).toBe(true);
  await expect(row.locator(".row-link")).toHaveAttribute("aria-current", "true");
  // Other orders of the same people may change as well: then there are more lists, and never an order.
  expect(asked.filter((part) => part === "order")).toEqual(["order"]);
  expect(new Set(asked)).toEqual(new Set(["order", "list"]));
  // One more waits for the buyer now, and the title says with the list how many.
  const waiting = async () => `(${await buyer.locator(".tabs b").first().textContent()}) ${reference} `;
  await expect.poll(async () => (await buyer.title()).startsWith(await waiting())).toBe(true);
  await expect(buyer.locator("#bell, .list, article.order, #live")).toHaveCount(4);
  await expectSame(buyer);
});

test("another order that changes is brought up to date in the list alone", async ({ as }) => {
  const [seller, buyer] = await Promise.all([as("ada"), as("bisi")]);
  const name = "Lampshade";
  const [shown, other] = [await place(seller, { items: [[name, "1", "5000"]] }), await place(seller, { items: [[name, "2", "5000"]] })];
  await open(buyer, `${shown}?tab=all&q=${name}`);
  const row = buyer.locator(`.row[data-v^="${other.split("/").pop()}:"]`);
  const [article, before] = [await buyer.locator("article.order").getAttribute("data-v"), await row.getAttribute("data-v")];
  const note = offer(buyer, "Ask a question");
  await note.locator("summary").click();
  const field = note.getByRole("textbox").first();
  await field.fill("When will it come?");
  const asked = asks(buyer);
  await seller.goto(other);
  await act(seller, "Write a note", { "The note": "It is on the shelf.", "Everybody in this order": true });
  await expect.poll(() => row.getAttribute("data-v")).not.toBe(before);
  await expect(field).toHaveValue("When will it come?");
  await expect(buyer.locator("#changed")).toBeHidden();
  expect(await buyer.locator("article.order").getAttribute("data-v")).toBe(article);
  expect(new Set(asked)).toEqual(new Set(["list"]));
  await expectSame(buyer);
});

test("the list, its counts and the title follow", async ({ as }) => {
  const [seller, buyer] = await Promise.all([as("ada"), as("bisi")]);
  // Only what is placed here is listed, however many orders others place.
  await open(buyer, "/orders?tab=your_turn&q=Zither");
  const count = async () => Number((await buyer.locator(".tabs a[aria-current] b").textContent()).replace(",", ""));
  const before = await count();
  const order = await place(seller, { items: [["Zither", "1", "5000"]] });
  const reference = order.split("/").pop();
  const row = buyer.locator(`.row[data-v^="${reference}:"]`);
  await expect(row).toBeVisible();
  await expect.poll(count).toBeGreaterThan(before);
  await expect(buyer).toHaveTitle(/^\(\d+\) /);
  await expectSame(buyer);
});

test("what is typed, focused and unfolded stays, and a bar says that the order changed", async ({ as }) => {
  const { seller, buyer, order } = await paid(as);
  await open(buyer, order);
  const note = offer(buyer, "Ask a question");
  await note.locator("summary").click();
  const field = note.getByRole("textbox").first();
  await field.pressSequentially("When will it ");
  await seller.goto(order);
  await act(seller, "Mark delivered: all 3 items");
  await expectOrder(buyer, { status: "Delivered, awaiting response", turn: "It is your turn: accept or reject the delivery" });
  await expect(field).toBeFocused();
  await buyer.keyboard.type("come?");
  await expect(field).toHaveValue("When will it come?");
  const bar = buyer.locator("#changed");
  await expect(bar).toContainText("This order changed while you were writing");
  await expectSame(buyer);
  await expectAccessible(buyer);
  await bar.getByRole("link", { name: "Load again (what you wrote is lost)" }).click();
  await expect(buyer.locator("html[data-same]")).toHaveCount(0);
  await expect(buyer.locator("#changed")).toBeHidden();
});

test("an unfolded form that nobody has touched stays unfolded and is brought up to date", async ({ as }) => {
  const { seller, buyer, order } = await paid(as);
  await open(buyer, order);
  const note = offer(buyer, "Ask a question");
  await note.locator("summary").click();
  const version = note.locator("input[name=version]");
  const before = Number(await version.inputValue());
  await seller.goto(order);
  await act(seller, "Mark delivered: all 3 items");
  await expect.poll(async () => Number(await version.inputValue())).toBeGreaterThan(before);
  await expect(note).toHaveAttribute("open", "");
  await expect(note.locator("summary")).toBeFocused();
});

test("changes can be turned off, and the choice is kept", async ({ as }) => {
  const { seller, buyer, order } = await paid(as);
  await open(buyer, order);
  await buyer.getByRole("button", { name: /^Menu of/ }).click();
  await buyer.getByLabel("Show changes as they happen").uncheck();
  await open(buyer, order);
  await seller.goto(order);
  await act(seller, "Mark delivered: all 3 items");
  await expectOrder(seller, { status: "Delivered, awaiting response", turn: /turn/ });
  await buyer.waitForTimeout(1_000);
  await expect(buyer.locator(".order-head .badge")).toHaveText("Paid, to be sent");
  await buyer.getByRole("button", { name: /^Menu of/ }).click();
  await buyer.getByLabel("Show changes as they happen").check();
  // What happened meanwhile is told as soon as it is turned on again.
  await expect(buyer.locator(".order-head .badge")).toHaveText("Delivered, awaiting response");
});

test("the bell counts, leads to what is new, and forgets it once the order was opened", async ({ as, request }) => {
  // Somebody who buys in no other test, so that nobody else is heard of meanwhile.
  const { seller, buyer, order, reference } = await paid(as, ["femi", "Femi Cole"]);
  await place(seller, { buyer: "Femi Cole", email: "femi@demo.test" });
  await open(buyer, "/orders?tab=all");
  const bell = buyer.locator("#bell");
  const unread = async () => Number(await bell.getAttribute("data-unread"));
  const before = await unread();
  await seller.goto(order);
  await act(seller, "Mark delivered: all 3 items");
  await expect.poll(unread).toBeGreaterThan(before);
  await expectSame(buyer);
  const now = await unread();
  await bell.click();
  await expect(buyer.getByRole("heading", { name: "Notices" })).toBeVisible();
  await expectAccessible(buyer);
  await expectValidHtml(buyer.request, "/notices");
  await buyer.getByRole("listitem").filter({ hasText: reference }).first().getByRole("link").click();
  await expect(buyer.locator(".order-head")).toBeVisible();
  await expect.poll(unread).toBeLessThan(now);
  await buyer.goto("/notices");
  await buyer.getByRole("button", { name: "Mark all as read" }).click();
  await expect.poll(unread).toBe(0);
});

test("somebody who signs out in one window is told so in the other", async ({ browser, baseURL }) => {
  const context = await browser.newContext();
  const [one, two] = [await context.newPage(), await context.newPage()];
  await one.goto("/sign-in");
  await one.getByLabel("E-mail").fill("femi@demo.test");
  await one.getByLabel("Password").fill("demo kettle seven");
  await one.getByRole("button", { name: "Sign in" }).click();
  await one.waitForURL(/orders/);
  await two.goto("/orders");
  await awake(two);
  await one.getByRole("button", { name: /^Menu of/ }).click();
  await one.getByRole("button", { name: "Sign out" }).click();
  await one.waitForURL(/sign-in/);
  // The other window asks for its page when it is seen again.
  await two.bringToFront();
  await two.evaluate(() => dispatchEvent(new Event("online")));
  await expect(two.locator("#changed")).toContainText("You are signed out");
  await expect(two.locator("#live"), "and listeners are told").toContainText("You are signed out");
  await context.close();
});
