// Text that means harm is only ever shown as text.

import { awake, expectValidHtml } from "./fixtures.js";
import { act, expect, fillCard, pay, place, test } from "./people.js";

const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`;

/** Whether anything that was typed has become part of the page. */
async function expectHarmless(page) {
  expect(await page.locator("img, [onerror]").count()).toBe(0);
  expect(await page.locator("script", { hasText: "alert(1)" }).count()).toBe(0);
  expect(await page.evaluate(() => window.ran ?? null)).toBe(null);
}

test("hostile names, titles and notes run nowhere", async ({ as }) => {
  const [seller, buyer, operator] = await Promise.all([as("ada"), as("bisi"), as("admin")]);
  for (const page of [seller, buyer, operator]) {
    await page.addInitScript(() => (window.alert = () => (window.ran = true)));
  }
  const order = await place(seller, { items: [[HOSTILE, "1", "10000"]], buyer: HOSTILE });
  await expect(seller.getByRole("heading", { level: 1 })).toHaveText(HOSTILE);
  await expectHarmless(seller);
  await act(seller, "Write a note", { "The note": HOSTILE, "Everybody in this order": true });
  await expect(seller.getByRole("region", { name: "Timeline" })).toContainText(HOSTILE);

  await buyer.goto(order);
  await expect(buyer.getByRole("region", { name: "Timeline" })).toContainText(HOSTILE);
  const payAt = await buyer.getByRole("link", { name: /^Pay/ }).getAttribute("href");
  await buyer.goto(payAt);
  await awake(buyer);
  await expect(buyer.locator("main")).toContainText(HOSTILE);
  await expectHarmless(buyer);
  await pay(buyer, order);
  await expectHarmless(buyer);

  for (const page of [seller, buyer, operator]) {
    for (const path of [order, `/orders?tab=all&q=${encodeURIComponent(HOSTILE)}`]) {
      await page.goto(path);
      await awake(page);
      await expectHarmless(page);
      await expectValidHtml(page.request, path);
    }
  }
});

test.describe("refused", () => {
  test.use({ expectedSayings: [/422 \(Unprocessable/] });

  test("hostile text in a form comes back into its fields as it was typed", async ({ as }) => {
    const seller = await as("ada");
    await seller.addInitScript(() => (window.alert = () => (window.ran = true)));
    await seller.goto("/orders/new");
    await seller.getByLabel("Buyer’s name").fill(HOSTILE);
    await seller.getByLabel("Buyer’s e-mail").fill(HOSTILE);
    const row = seller.getByRole("group", { name: "Item 1" });
    await row.getByLabel("What it is").fill(HOSTILE);
    await row.getByLabel("Price of one").fill("<b>1</b>");
    await seller.getByRole("button", { name: "Place the order" }).click();
    await expect(seller.getByLabel("Buyer’s e-mail")).toHaveAttribute("aria-invalid", "true");
    await expect(seller.getByLabel("Buyer’s name")).toHaveValue(HOSTILE);
    await expect(seller.getByLabel("Buyer’s e-mail")).toHaveValue(HOSTILE);
    await expect(row.getByLabel("What it is")).toHaveValue(HOSTILE);
    await expectHarmless(seller);
  });

  test("a card that is declined leaves the order unpaid and keeps no card on the page", async ({ as }) => {
    const [seller, buyer] = await Promise.all([as("ada"), as("bisi")]);
    const order = await place(seller);
    await buyer.goto(order);
    await buyer.getByRole("link", { name: /^Pay/ }).click();
    await fillCard(buyer, "4000 0000 0000 0002");
    await buyer.getByRole("button", { name: /^Pay/ }).click();
    await expect(buyer.getByRole("alert")).toContainText("declined");
    await expect(buyer.getByLabel("Card number")).toHaveValue("");
    await buyer.goto(order);
    await expect(buyer.locator("#turn")).toHaveText("It is your turn: pay");
  });
});
