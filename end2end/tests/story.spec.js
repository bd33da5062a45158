// The whole story in three browsers at once, and its main path again without scripts.

import { expectAccessible, expectValidHtml } from "./fixtures.js";
import { act, expect, expectOrder, happened, KETTLES, offer, pay, place, test } from "./people.js";

const HELD = { Held: KETTLES.total };

async function story(as) {
  const [seller, buyer, operator] = await Promise.all([as("ada"), as("bisi"), as("admin")]);
  const order = await place(seller);
  await expectOrder(seller, { status: "Awaiting payment", turn: "It is Bisi Alade’s turn: pay", money: { "To be paid": KETTLES.total } });

  await operator.goto(order);
  await act(operator, "Set commission", { "Marketplace fee, %": "8" });
  const fee = { "Marketplace fee 8 %": "2,000.00" };
  const shares = { "To Ada Stores": "23,000.00", ...fee };
  await expectOrder(operator, { status: "Awaiting payment", turn: "It is Bisi Alade’s turn: pay", money: shares });

  await buyer.goto(order);
  await expectOrder(buyer, { status: "Awaiting payment", turn: "It is your turn: pay" });
  await pay(buyer, order);
  await buyer.goto(order);
  await expectOrder(buyer, { status: "Paid, to be sent", turn: "It is Ada Stores’ turn: send the goods", money: HELD });

  await seller.goto(order);
  await expectOrder(seller, { status: "Paid, to be sent", turn: "It is your turn: send the goods", money: { ...HELD, "To you": "23,000.00", ...fee } });
  await act(seller, "Dispatch all 3 items", { Carrier: "Swift Riders", "Tracking number": "SR-77" });
  await expectOrder(seller, { status: "On its way", turn: "It is your turn: bring the goods", money: HELD });
  await expect(seller.getByRole("region", { name: "Timeline" })).toContainText("Swift Riders SR-77");
  await act(seller, "Mark delivered: all 3 items", { "Given to": "The neighbour" });
  await expectOrder(seller, { status: "Delivered, awaiting response", turn: "It is Bisi Alade’s turn: accept or reject the delivery", money: HELD });

  await buyer.reload();
  await expectOrder(buyer, { status: "Delivered, awaiting response", turn: "It is your turn: accept or reject the delivery", money: HELD });
  await expect(offer(buyer, /^Accept all 3 items/)).toContainText("₦ 23,000.00 to Ada Stores, ₦ 2,000.00 marketplace fee. Nothing comes back to you.");
  await act(buyer, /^Reject/, { "It is damaged": true, "Another delivery": true, "Tell the seller what is wrong": "Both kettles leak." });
  await expectOrder(buyer, { status: "Rejected", turn: "It is Ada Stores’ turn: answer the rejection", money: HELD });

  await seller.reload();
  await expectOrder(seller, { status: "Rejected", turn: "It is your turn: answer the rejection", money: HELD });
  await expect(seller.getByRole("region", { name: "Timeline" })).toContainText("Both kettles leak.");
  await act(seller, "Offer a second attempt", { "When and how you would deliver again": "Tomorrow by noon." });
  await expectOrder(seller, { status: "Second attempt", turn: "It is your turn: deliver again", money: HELD });
  await act(seller, "Mark delivered: all 3 items");
  await expectOrder(seller, { status: "Delivered, awaiting response", turn: "It is Bisi Alade’s turn: accept or reject the delivery", money: HELD });

  await buyer.reload();
  await act(buyer, /^Accept all 3 items/);
  const over = (name) => ({
    status: "Completed",
    turn: "Over: the money was released",
    money: { [`Released to ${name}`]: "23,000.00", ...fee, Paid: KETTLES.total },
  });
  await expectOrder(buyer, over("Ada Stores"));
  await seller.reload();
  await expectOrder(seller, over("you"));
  await operator.reload();
  await expectOrder(operator, over("Ada Stores"));
  await expect(happened(operator)).toHaveText([
    "Released", "Accepted", "Delivered", "Second attempt agreed", "Second attempt offered", "Rejected", "Delivered", "Dispatched",
    "Paid into escrow", /^Commission set to 8\s%$/, "Order placed,",
  ]);
  await expect(operator.getByRole("region", { name: "Timeline" })).toContainText("chain holds");
  await expect(operator.locator(".timeline > li.now")).toHaveCount(0);
}

test("an order goes its whole way in three browsers at once", async ({ as }) => {
  await story(as);
});

test.describe("with scripts off", () => {
  test.use({ javaScriptEnabled: false, expectedSayings: [/422 \(Unprocessable/] });

  test("an order goes its whole way", async ({ as }) => {
    await story(as);
  });

  test("a refused form keeps what was typed, and says what is wrong beside the field", async ({ as }) => {
    const seller = await as("ada");
    await seller.goto("/orders/new");
    await seller.getByLabel("Buyer’s name").fill("Bisi Alade");
    await seller.getByLabel("Buyer’s e-mail").fill("not an address");
    const row = seller.getByRole("group", { name: "Item 1" });
    await row.getByLabel("What it is").fill("Kettle \"large\"");
    await row.getByLabel("Price of one").fill("12.345");
    const answered = seller.waitForResponse((answer) => answer.request().method() === "POST");
    await seller.getByRole("button", { name: "Place the order" }).click();
    expect((await answered).status()).toBe(422);
    expect(new URL(seller.url()).pathname).toBe("/orders/new");
    await expect(seller.getByLabel("Buyer’s name")).toHaveValue("Bisi Alade");
    await expect(row.getByLabel("What it is")).toHaveValue("Kettle \"large\"");
    for (const [field, value] of [[seller.getByLabel("Buyer’s e-mail"), "not an address"], [row.getByLabel("Price of one"), "12.345"]]) {
      await expect(field).toHaveValue(value);
      await expect(field).toHaveAttribute("aria-invalid", "true");
      await expect(field).toHaveAccessibleDescription(/\w+/);
    }
  });

  test("a refused action stands open with its words kept", async ({ as }) => {
    const [seller, buyer] = await Promise.all([as("ada"), as("bisi")]);
    const order = await place(seller);
    await pay(buyer, order);
    await buyer.goto(order);
    await act(buyer, /^Cancel/, { Why: "" });
    const card = offer(buyer, /^Cancel/);
    await expect(card).toHaveAttribute("open", "");
    await expect(card.getByLabel("Why")).toHaveAttribute("aria-invalid", "true");
    await expectOrder(buyer, { status: "Paid, to be sent", turn: "It is Ada Stores’ turn: send the goods", money: HELD });
  });
});

test("an operator unfolds who was told of an event, with the keyboard alone", async ({ as }) => {
  const [seller, operator] = await Promise.all([as("ada"), as("admin")]);
  const order = await place(seller);
  await expect(seller.locator(".timeline .told")).toHaveCount(0);
  await operator.goto(order);
  const told = operator.locator(".timeline .told").first();
  const line = told.locator("small").first();
  await expect(told.locator("summary")).toHaveText(/^Told 1 person: /);
  await expect(line).toBeHidden();
  await told.locator("summary").focus();
  await operator.keyboard.press("Enter");
  await expect(line).toContainText("Told by mail: Bisi Alade");
  await expect(line).toBeVisible();
  await expectAccessible(operator);
  await expectValidHtml(operator.request, order);
});
