// For those who use keys or listen: where the focus goes, what is said, and how what unfolds is folded up again.

import { awake, expectAccessible } from "./fixtures.js";
import { act, expect, expectOrder, offer, pay, place, test } from "./people.js";

/** An order that Bisi has paid. */
async function paid(as) {
  const [seller, buyer] = await Promise.all([as("ada"), as("bisi")]);
  const order = await place(seller);
  await pay(buyer, order);
  return { seller, buyer, order };
}

test("an offer that is gone is taken away, and the focus goes to whose turn it is", async ({ as }) => {
  const { seller, buyer, order } = await paid(as);
  await seller.goto(order);
  await act(seller, "Mark delivered: all 3 items");
  const other = await buyer.context().newPage();
  await other.goto(order);
  await awake(other);
  const accept = offer(other, /^Accept all 3 items/);
  await accept.locator("summary").click();
  await expect(accept.locator("summary")).toBeFocused();
  await buyer.goto(order);
  await act(buyer, /^Accept all 3 items/);
  await expectOrder(other, { status: "Completed", turn: "Over: the money was released" });
  await expect(accept).toHaveCount(0);
  await expect(other.locator("#turn")).toBeFocused();
  await expect(other.locator("#changed"), "nothing was being written").toBeHidden();
});

test("a row that leaves its tab is taken away, and the focus goes to the next one", async ({ as }) => {
  const [seller, buyer] = await Promise.all([as("ada"), as("bisi")]);
  const orders = [];
  for (let at = 0; at < 3; at++) orders.push(await place(seller, { items: [["Ocarina", "1", "5000"]] }));
  await buyer.goto("/orders?tab=your_turn&q=Ocarina&sort=oldest");
  await awake(buyer);
  const link = (order) => buyer.locator(`.row-link[href^="${order}?"]`);
  await link(orders[1]).focus();
  await seller.goto(orders[1]);
  await act(seller, /^Cancel/, { Why: "Out of stock" });
  await expect(link(orders[1])).toHaveCount(0);
  await expect(link(orders[2])).toBeFocused();
  await seller.goto(orders[2]);
  await act(seller, /^Cancel/, { Why: "Out of stock" });
  await expect(link(orders[0]), "below it there is none").toBeFocused();
});

test("panels over the list fold up with Escape, and when the focus leaves them", async ({ as }) => {
  const page = await as("ada");
  await page.goto("/orders?tab=all");
  await awake(page);
  const filter = page.locator("details.unfold:has(.filters)");
  await filter.locator("summary").click();
  await filter.getByLabel("Courier").focus();
  await page.keyboard.press("Escape");
  await expect(filter).not.toHaveAttribute("open");
  await expect(filter.locator("summary")).toBeFocused();
  await filter.locator("summary").click();
  await filter.getByRole("link", { name: "Clear" }).focus();
  await page.keyboard.press("Tab");
  await expect(filter).not.toHaveAttribute("open");
  // A tick belongs to what is done with the ticked.
  const ticked = page.locator("details.unfold:has(#ticked)");
  await ticked.locator("summary").first().click();
  await page.locator(".row .tick input").first().focus();
  await expect(ticked).toHaveAttribute("open", "");
  await page.locator(".row-link").first().focus();
  await expect(ticked).not.toHaveAttribute("open");
});

test.describe("on a phone that lies on its side", () => {
  test.use({ viewport: { width: 640, height: 300 } });

  test("the last button of the filter can be reached", async ({ as }) => {
    const page = await as("ada");
    await page.goto("/orders?tab=all");
    await awake(page);
    await page.locator("summary", { hasText: "Filter" }).click();
    const button = page.locator(".filters").getByRole("button", { name: "Show" });
    await button.scrollIntoViewIfNeeded();
    await expect(button).toBeInViewport();
  });
});

test("one can skip to the order beside the list", async ({ as }) => {
  const { seller, order } = await paid(as);
  await seller.goto(order);
  await seller.keyboard.press("Tab");
  await seller.keyboard.press("Tab");
  await expect(seller.getByRole("link", { name: "Skip to the order" })).toBeFocused();
  await seller.keyboard.press("Enter");
  await expect(seller.locator("#order-title")).toBeFocused();
  await seller.goto("/orders");
  await expect(seller.getByRole("link", { name: "Skip to the order" })).toHaveCount(0);
});

test.describe("what is wrong", () => {
  test.use({ expectedSayings: [/422 \(Unprocessable/] });

  test("a refused form says so in the title, names its one wrong field, and focuses the first", async ({ as }) => {
    const { seller, order } = await paid(as);
    await seller.goto("/orders/new");
    await seller.getByRole("button", { name: "Place the order" }).click();
    await expect(seller).toHaveTitle(/^Not done: /);
    await expect(seller.getByLabel("Buyer’s name"), "the first on the page").toBeFocused();
    // What happens elsewhere meanwhile makes it no less true.
    await awake(seller);
    const told = seller.waitForResponse((answer) => answer.request().headers()["x-part"] !== undefined);
    await place(await seller.context().newPage());
    await (await told).finished();
    await seller.waitForTimeout(200);
    await expect(seller).toHaveTitle(/^Not done: /);
    await seller.goto(order);
    await act(seller, "Write a note", { "The note": " " });
    await expect(seller.locator("form .alert")).toContainText("The note: ");
    await expect(offer(seller, "Write a note").getByRole("textbox")).toBeFocused();
    await expectAccessible(seller);
  });

  test("a choice that was not made has the focus", async ({ as }) => {
    const { seller, buyer, order } = await paid(as);
    await seller.goto(order);
    await act(seller, "Mark delivered: all 3 items");
    await buyer.goto(order);
    await act(buyer, /^Reject/);
    const group = offer(buyer, /^Reject/).getByRole("radiogroup", { name: "What is wrong" });
    await expect(group).toHaveAttribute("aria-invalid", "true");
    await expect(group.getByRole("radio").first()).toBeFocused();
  });
});

test("what was done is said once, and no link says it again", async ({ as }) => {
  const { seller, order } = await paid(as);
  await seller.goto(`${order}?tab=all`);
  await act(seller, "Write a note", { "The note": "It is on the shelf." });
  const flash = seller.locator(".order .flash");
  await expect(flash).toHaveText("Done: the note is written.");
  await expect(flash).toBeFocused();
  expect(new URL(seller.url()).search).toBe("?tab=all&done=note");
  await act(seller, "Mark delivered: all 3 items");
  await expect(flash).toHaveText("Done: marked delivered.");
  expect(new URL(seller.url()).search).toBe("?tab=all&done=deliver");
  await seller.getByRole("link", { name: "Oldest first" }).click();
  await expect(flash).toHaveCount(0);
});

test("the keys are a dialog with a name", async ({ as }) => {
  const page = await as("ada");
  await page.goto("/orders");
  await awake(page);
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keys" });
  await expect(dialog.getByRole("heading", { name: "Keys" })).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

test("what needs scripts is not offered without them", async ({ as }) => {
  const page = await as("ada", { javaScriptEnabled: false });
  await page.goto("/orders");
  await page.getByRole("button", { name: /^Menu of/ }).click();
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
  await expect(page.locator("#live-switch, [popovertarget=keys]").first()).toBeHidden();
  await expect(page.locator("[popovertarget=keys]")).toBeHidden();
});

test("a page is no longer than its window when nothing in it is", async ({ as }) => {
  const { seller, order } = await paid(as);
  await seller.setViewportSize({ width: 1280, height: 720 });
  await seller.goto(order);
  await awake(seller);
  expect(await seller.evaluate(() => document.documentElement.scrollHeight - document.documentElement.clientHeight)).toBe(0);
});
