// Signed links on a narrow phone without scripts: the buyer answers with the code from the message, the courier hands over.

import { expectAccessible, expectValidHtml } from "./fixtures.js";
import { act, expect, expectOrder, offer, pay, place, test } from "./people.js";

const PHONE = { viewport: { width: 320, height: 640 } };
/** A picture of one pixel. */
const PHOTO = {
  name: "leg.png",
  mimeType: "image/png",
  buffer: Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64"),
};

/** The newest message about an order that bears a code: where it leads, and the code. */
async function mailed(page, order) {
  await page.goto("/mailbox");
  const letter = page.locator("article").filter({ hasText: order.split("/").at(-1) }).filter({ hasText: "Your code is" }).first();
  const [, code] = /Your code is (\d{6})/.exec(await letter.textContent());
  const link = await letter.locator("a[href*='/a/']").getAttribute("href");
  return { code, link: new URL(link).pathname };
}

async function expectNoWider(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide, `${page.url()} is no wider than the phone`).toBe(0);
}

test.describe("with scripts off", () => {
  test.use({ javaScriptEnabled: false, expectedSayings: [/422 \(Unprocessable/] });

  test("a buyer without an account rejects by link, with the code and a photo", async ({ as }) => {
    const [seller, buyer, phone] = await Promise.all([as("ada"), as("bisi"), as(null, PHONE)]);
    const order = await place(seller);
    await pay(buyer, order);
    await seller.goto(order);
    await act(seller, "Mark delivered: all 3 items");
    const { code, link } = await mailed(phone, order);

    await phone.goto(link);
    await expectOrder(phone, { status: "Delivered, awaiting response", turn: "It is your turn: accept or reject the delivery" });
    await expect(offer(phone, /^Accept all 3 items/)).toContainText("to Ada Stores");
    expect(await phone.content()).not.toContain(code);
    await expectNoWider(phone);

    const why = { "It is damaged": true, "Tell the seller what is wrong": "A leg is broken." };
    await act(phone, /^Reject/, { ...why, "Your code": code === "123456" ? "654321" : "123456" });
    const card = offer(phone, /^Reject/);
    await expect(card).toHaveAttribute("open", "");
    await expect(card.getByLabel("Your code")).toHaveAccessibleDescription(/This is not the code/);
    await expect(card.getByLabel("Tell the seller what is wrong")).toHaveValue("A leg is broken.");
    await card.getByLabel("Your code").fill(code);
    await card.getByLabel(/^Photos/).setInputFiles(PHOTO);
    await card.locator("button").click();
    await expectOrder(phone, { status: "Rejected", turn: "It is Ada Stores’ turn: answer the rejection" });
    await expect(phone.locator(".flash")).toHaveText("Done: rejected.");
    await expect(phone.locator(".flash"), "the reader goes on from what was done").toBeFocused();
    await expect(phone.getByRole("region", { name: "Timeline" })).toContainText("signed link");
    await expectNoWider(phone);

    await seller.reload();
    const photo = seller.getByRole("region", { name: "Timeline" }).getByRole("img");
    expect(await photo.evaluate((image) => image.naturalWidth)).toBe(1);
  });

  test("a courier without an account finds nobody, comes again, and hands over with the buyer’s code", async ({ as }) => {
    const [seller, buyer, phone] = await Promise.all([as("ada"), as("bisi"), as(null, PHONE)]);
    const order = await place(seller);
    await pay(buyer, order);
    await seller.goto(order);
    await seller.getByRole("link", { name: "Link for the courier" }).click();
    await seller.getByRole("button", { name: "Make a link" }).click();
    const link = await seller.getByLabel("The link, to copy").inputValue();
    await expect(seller.getByRole("img", { name: "The same link for the courier’s camera" })).toBeVisible();

    await phone.goto(new URL(link).pathname);
    await expect(phone.getByRole("heading", { name: "Bisi Alade" })).toBeVisible();
    await expectNoWider(phone);
    await act(phone, "Nobody there", { "What you found there": "The gate was locked." });
    await expect(phone.getByText("Nobody was there 1 time before.")).toBeVisible();
    await expect(phone.locator(".flash")).toHaveText("Done: written down that nobody was there. The buyer is told.");
    await expect(phone.locator(".flash")).toBeFocused();

    await buyer.goto(order);
    const code = await buyer.locator(".door-code").textContent();
    const card = offer(phone, "Hand over with the code");
    await card.getByLabel("The buyer’s code").fill(code);
    // What only scripts bring to life is not there without them.
    await expect(card.getByRole("button", { name: "Scan the code" })).toBeHidden();
    await card.locator("button:not([type])").click();
    await expect(phone.getByRole("heading", { name: "Handed over" })).toBeVisible();
    await expect(phone.getByText("Bisi Alade")).toHaveCount(0);
    await buyer.reload();
    await expectOrder(buyer, { status: "Delivered, awaiting response", turn: "It is your turn: accept or reject the delivery" });
  });
});

test("the pages behind links are accessible and valid HTML", async ({ as }) => {
  const [seller, buyer, stranger] = await Promise.all([as("ada"), as("bisi"), as(null)]);
  const order = await place(seller);
  await pay(buyer, order);
  await seller.goto(`${order}/courier`);
  await seller.getByRole("button", { name: "Make a link" }).click();
  const courier = new URL(await seller.getByLabel("The link, to copy").inputValue()).pathname;
  const looked = [[seller, `${order}/courier`], [stranger, courier]];
  for (const [page, path] of looked) {
    await page.goto(path);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page);
    }
    await expectValidHtml(page.request, path);
  }
  await seller.goto(order);
  await act(seller, "Mark delivered: all 3 items");
  const { link } = await mailed(stranger, order);
  await stranger.goto(link);
  await offer(stranger, /^Reject/).locator("summary").click();
  await expectAccessible(stranger);
  await expectValidHtml(stranger.request, link);
});
