// What does not go all at once: a delivery that is accepted in part, a card that does not answer, a press without scripts.

import { act, expect, expectOrder, fillCard, offer, pay, place, test } from "./people.js";

/** An order that is delivered, with the buyer looking at it. */
async function delivered(as) {
  const [seller, buyer] = await Promise.all([as("ada"), as("bisi")]);
  const order = await place(seller);
  await pay(buyer, order);
  await seller.goto(order);
  await act(seller, "Mark delivered: all 3 items");
  await expectOrder(seller, { status: "Delivered, awaiting response", turn: /accept or reject the delivery$/ });
  await buyer.goto(order);
  return { seller, buyer, order };
}

test("what is right is accepted and paid, what is not stays held", async ({ as }) => {
  const { buyer } = await delivered(as);
  await act(buyer, "Accept only some items", { "Kettle, of 2": "1", "Tea, 1 kg ₦ 5,000.00 leaves escrow": true });
  const money = { "Released to Ada Stores": "15,000.00", "Still held": "10,000.00", Paid: "₦ 25,000.00" };
  await expectOrder(buyer, { status: "Delivered, awaiting response", turn: "It is your turn: accept or reject the delivery", money });
  await act(buyer, /^Reject/, { "It is damaged": true, "Tell the seller what is wrong": "No lid." });
  await expectOrder(buyer, { status: "Rejected", turn: "It is Ada Stores’ turn: answer the rejection", money });
});

test("a card that does not answer is not asked twice", async ({ as }) => {
  const [seller, buyer] = await Promise.all([as("ada"), as("bisi")]);
  const order = await place(seller);
  await buyer.goto(order);
  await buyer.getByRole("link", { name: /^Pay/ }).click();
  await fillCard(buyer, "4000 0000 0000 0119");
  await buyer.getByRole("button", { name: /^Pay/ }).click();
  await expect(buyer.getByRole("heading", { name: "No answer from the bank yet" })).toBeVisible({ timeout: 15_000 });
  await expect(buyer.getByRole("button", { name: /^Pay/ })).toHaveCount(0);
  await expect(buyer.getByText("card ending in 0119")).toBeVisible();
});

test.describe("with scripts off", () => {
  test.use({ javaScriptEnabled: false });

  test("a double click accepts once", async ({ as }) => {
    const { buyer } = await delivered(as);
    const card = offer(buyer, /^Accept all 3 items/);
    await card.locator("summary").click();
    await card.locator("button").dblclick();
    await expectOrder(buyer, { status: "Completed", turn: "Over: the money was released", money: { "Released to Ada Stores": "25,000.00" } });
    await expect(buyer.getByRole("alert")).toHaveCount(0);
  });
});
