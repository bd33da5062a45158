// The list as a tool: ticks and what is done to the ticked, the list as a file, views under names, amounts previewed, items summed up.

import { awake, expectAccessible } from "./fixtures.js";
import { act, expect, offer, pay, place, test } from "./people.js";

/** Three orders of one item that no other test has, so that a search finds these alone. */
async function three(as, item) {
  const seller = await as("ada");
  const orders = [];
  for (let at = 0; at < 3; at++) orders.push(await place(seller, { items: [[item, "1", "5000"]] }));
  return { seller, orders, list: `/orders?tab=all&q=${item}` };
}

const ticks = (page) => page.locator(".row .tick input");
const ticked = (page) => page.locator("summary:has(#ticked)");
const callOff = (page) => page.locator("#bulk .confirm");

test.describe("what is missing is said", () => {
  test.use({ expectedSayings: [/422 \(Unprocessable/] });
  for (const javaScriptEnabled of [true, false]) {
    test(`many orders are called off at once, with scripts ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
      const item = javaScriptEnabled ? "Hammock" : "Parasol";
      const { orders, list } = await three(as, item);
      const seller = await as("ada", { javaScriptEnabled });
      await seller.goto(list);
      if (javaScriptEnabled) await awake(seller);
      await ticks(seller).nth(0).check();
      await ticks(seller).nth(1).check();
      await ticked(seller).click();
      await callOff(seller).locator("summary").click();
      await expect(callOff(seller)).toContainText("goes back to their buyers");
      await seller.getByRole("button", { name: "Call off", exact: true }).click();
      await expect(seller.locator("#bulk .wrong")).toBeVisible();
      await expect(ticks(seller).nth(1), "ticks are kept").toBeChecked();
      await seller.locator("#bulk").getByLabel("Why").fill("Out of stock");
      await seller.getByRole("button", { name: "Call off", exact: true }).click();
      await expect(seller.getByRole("heading", { level: 1 })).toHaveText("2 of 2 orders called off");
      await expect(seller.locator(".outcomes > li")).toHaveCount(2);
      // All of the page, of which two are over by now.
      await seller.locator("input[name=all]").check();
      await ticked(seller).click();
      await callOff(seller).locator("summary").click();
      await seller.locator("#bulk").getByLabel("Why").fill("Out of stock");
      await seller.getByRole("button", { name: "Call off", exact: true }).click();
      await expect(seller.getByRole("heading", { level: 1 })).toHaveText("1 of 3 orders called off");
      await expect(seller.locator(".outcomes > li:has(.wrong)")).toHaveCount(2);
      if (javaScriptEnabled) await expectAccessible(seller);
      await seller.locator(".outcomes a").first().click();
      await expect(seller).toHaveURL(new RegExp(`(${orders.join("|")})\\?tab=all&q=${item}$`));
    });
  }
});

test("scripts count the ticks, tick all of them, and keys do the same", async ({ as }) => {
  const { seller, list } = await three(as, "Glockenspiel");
  await seller.goto(list);
  await awake(seller);
  const all = seller.locator("input[name=all]");
  await ticks(seller).nth(0).check();
  await expect(ticked(seller)).toHaveText("With 1 ticked");
  expect(await all.evaluate((box) => box.indeterminate)).toBe(true);
  await all.check();
  await expect(ticked(seller)).toHaveText("With 3 ticked");
  await ticks(seller).nth(2).uncheck();
  await expect(all).not.toBeChecked();
  await seller.locator(".row-link").nth(2).focus();
  await seller.keyboard.press("x");
  await expect(ticks(seller).nth(2)).toBeChecked();
  await seller.keyboard.press("b");
  await expect(seller.locator("#bulk")).toBeVisible();
  await expectAccessible(seller);
});

test("the list is taken along as a file, all of it or the ticked rows", async ({ as }) => {
  const { seller, list } = await three(as, "Trivet");
  await seller.goto(list);
  await awake(seller);
  const lines = async (press) => {
    const [download] = await Promise.all([seller.waitForEvent("download"), press()]);
    expect(download.suggestedFilename()).toMatch(/^orders-\d{4}-\d\d-\d\d\.csv$/);
    const chunks = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    return Buffer.concat(chunks).toString().trim().split(/\r?\n/);
  };
  await seller.locator("summary", { hasText: "Export" }).click();
  expect(await lines(() => seller.getByRole("link", { name: "CSV" }).click())).toHaveLength(4);
  await ticks(seller).nth(1).check();
  await ticked(seller).click();
  const press = () => seller.getByRole("button", { name: "Export as CSV" }).click();
  expect(await lines(press)).toHaveLength(2);
  expect(await lines(press), "a file can be asked for again").toHaveLength(2);
});

test("a view is kept under a name and taken away again", async ({ as }) => {
  const page = await as("kabir");
  await page.goto("/orders?tab=all&q=nothing-like-it&sort=newest");
  await page.locator("summary", { hasText: "Keep view" }).click();
  await page.getByLabel("What you call this view").fill("Odd ones");
  await page.getByRole("button", { name: "Keep it" }).click();
  const view = page.getByRole("link", { name: "Odd ones" });
  await expect(view).toHaveAttribute("aria-current", "true");
  await page.goto("/orders?tab=done");
  await view.click();
  await expect(page).toHaveURL(/q=nothing-like-it/);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Take away: Odd ones" }).click();
  await expect(view).toHaveCount(0);
});

test("what an amount does is said while it is typed, and done", async ({ as }) => {
  const [seller, buyer] = [await as("ada"), await as("bisi")];
  const order = await place(seller);
  await pay(buyer, order);
  await seller.goto(order);
  await awake(seller);
  const card = offer(seller, /^Refund/);
  await card.locator("summary").click();
  await card.getByLabel(/amount/i).fill("5000");
  await expect(card.locator(".preview")).toHaveText("₦ 5,000.00 goes back to Bisi Alade; ₦ 20,000.00 stays held.");
  await card.getByLabel(/amount/i).fill("25000.01");
  await expect(card.locator(".preview")).toHaveText("Only ₦ 25,000.00 is held.");
  await card.locator("summary").click();
  await act(seller, /^Refund/, { Why: "A scratch", "An amount, or choose pieces below": "5000" });
  await expect(seller.locator(".order-head .total")).toContainText("₦ 20,000.00 still held");
});

test("a rebate is taken off and an extra is added, whatever sign is typed", async ({ as }) => {
  const seller = await as("ada");
  await seller.goto("/orders/new");
  await seller.getByLabel("Buyer’s name").fill("Bisi Alade");
  await seller.getByLabel("Buyer’s e-mail").fill("bisi@demo.test");
  for (const [at, [title, kind, price]] of [["Kettle", "Goods", "10000"], ["Regular", "Rebate", "500"], ["Wrapping", "Extra", "200"]].entries()) {
    const row = seller.getByRole("group", { name: `Item ${at + 1}` });
    await row.getByLabel("What it is").fill(title);
    await row.getByLabel("Kind").selectOption(kind);
    await row.getByLabel("Price of one").fill(price);
  }
  await seller.getByRole("button", { name: "Place the order" }).click();
  await expect(seller.locator(".order-head .total b")).toHaveText("₦ 9,700.00");
  const change = offer(seller, "Change items");
  await change.locator("summary").click();
  const rebate = change.getByRole("group", { name: "Item 2" });
  await expect(rebate.getByLabel("Kind")).toHaveValue("rebate");
  await expect(rebate.getByLabel("Price of one")).toHaveValue("500.00");
});

/** Writes a row of the form for a new order. */
async function item(page, at, title, kind, price) {
  const row = page.getByRole("group", { name: `Item ${at}` });
  await row.getByLabel("What it is").fill(title);
  await row.getByLabel("Kind").selectOption(kind);
  await row.getByLabel("Price of one").fill(price);
  return row;
}

test("what items come to is said while they are typed", async ({ as }) => {
  const seller = await as("ada");
  await seller.goto("/orders/new");
  await awake(seller);
  const running = seller.locator(".running");
  await expect(running).toHaveText("");
  const height = (await running.boundingBox()).height;
  const kettle = await item(seller, 1, "Kettle", "Goods", "10,000");
  await kettle.getByLabel("How many").fill("2");
  await expect(running).toHaveText("Total ₦ 20,000.00.");
  const rebate = await item(seller, 2, "Regular", "Rebate", "500");
  await expect(running).toHaveText("Goods ₦ 20,000.00, rebate ₦ 500.00. Total ₦ 19,500.00.");
  expect((await running.boundingBox()).height, "nothing moves for it").toBe(height);
  await rebate.getByLabel("Kind").selectOption("Extra");
  await expect(running).toHaveText("Goods ₦ 20,000.00, extra ₦ 500.00. Total ₦ 20,500.00.");
  await kettle.getByLabel("How many").fill("two");
  await expect(running, "rather nothing than nonsense").toHaveText("");
  await expectAccessible(seller);
});

test.describe("with scripts off", () => {
  test.use({ expectedSayings: [/422 \(Unprocessable/] });
  test("what items come to is said when the form is drawn again", async ({ as }) => {
    const seller = await as("ada", { javaScriptEnabled: false });
    await seller.goto("/orders/new");
    await item(seller, 1, "Kettle", "Goods", "10000");
    await seller.getByRole("button", { name: "Place the order" }).click();
    await expect(seller.getByLabel("Buyer’s name")).toHaveAttribute("aria-invalid", "true");
    await expect(seller.locator(".running")).toHaveText("Total ₦ 10,000.00.");
  });
});
