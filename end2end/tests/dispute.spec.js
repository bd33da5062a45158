// When they disagree: a dispute that the marketplace settles, a late cancellation, and windows that race each other.

import { listen } from "./fixtures.js";
import { act, expect, expectOrder, happened, KETTLES, offer, pay, place, test } from "./people.js";

const COMMISSION = { "Marketplace fee, %": "8" };

/** An order of Bisi's that is paid, as buyer and seller see it. */
async function paid(as, terms) {
  const [seller, buyer] = await Promise.all([as("ada"), as("bisi")]);
  const order = await place(seller, { terms });
  await pay(buyer, order);
  return { seller, buyer, order };
}

/** The same, delivered. */
async function delivered(as) {
  const { seller, buyer, order } = await paid(as);
  await seller.goto(order);
  await act(seller, "Dispatch all 3 items");
  await expectOrder(seller, { status: "On its way", turn: "It is your turn: bring the goods" });
  await act(seller, "Mark delivered: all 3 items");
  await expectOrder(seller, { status: "Delivered, awaiting response", turn: /accept or reject the delivery$/ });
  await buyer.goto(order);
  return { seller, buyer, order };
}

test("a dispute ends with the marketplace's ruling to share the money", async ({ as }) => {
  const [seller, buyer, operator, manager] = await Promise.all([as("ada"), as("bisi"), as("admin"), as("disputes")]);
  const order = await place(seller);
  await operator.goto(order);
  await act(operator, "Set commission", COMMISSION);
  await expectOrder(operator, { status: "Awaiting payment", turn: /pay$/, money: { "Marketplace fee 8 %": "2,000.00" } });
  await pay(buyer, order);
  await seller.goto(order);
  await act(seller, "Mark delivered: all 3 items");
  await expectOrder(seller, { status: "Delivered, awaiting response", turn: /accept or reject the delivery$/ });

  await buyer.goto(order);
  await act(buyer, /^Reject/, { "It is damaged": true, "My money back": true, "Tell the seller what is wrong": "Both kettles leak." });
  await expectOrder(buyer, { status: "Rejected", turn: "It is Ada Stores’ turn: answer the rejection" });
  await seller.reload();
  await act(seller, /^Contest/, { "Why you disagree": "They were whole when they left." });
  await expectOrder(seller, { status: "In dispute", turn: "It is your turn: settle the dispute", money: { Held: KETTLES.total } });
  await buyer.reload();
  await expectOrder(buyer, { status: "In dispute", turn: "It is your turn: settle the dispute", money: { Held: KETTLES.total } });
  await act(buyer, "Ask the marketplace", { "What the marketplace should know": "Look at the photos." });
  await expectOrder(buyer, { status: "Under review", turn: "It is Lagos Fair’s turn: decide the dispute" });

  await manager.goto(order);
  await expectOrder(manager, { status: "Under review", turn: "It is your turn: decide the dispute", money: { Held: KETTLES.total } });
  await act(manager, /^Rule/, {
    "Shared: the amount below goes to the seller’s side, the rest back to the buyer.": true,
    "To Ada Stores, when shared": "10000",
    "The reasons, which both sides read": "The parcel was packed badly, and dropped.",
  });
  const shared = (seller, buyer) => ({
    status: "Completed",
    turn: "Over: the money was shared",
    money: { [`Released to ${seller}`]: "9,200.00", "Marketplace fee 8 %": "800.00", [`Back to ${buyer}`]: "15,000.00", Paid: KETTLES.total },
  });
  await expectOrder(manager, shared("Ada Stores", "Bisi Alade"));
  for (const [reader, ...names] of [[buyer, "Ada Stores", "you"], [seller, "you", "Bisi Alade"]]) {
    await reader.reload();
    await expectOrder(reader, shared(...names));
    await expect(reader.getByRole("region", { name: "Timeline" })).toContainText("The parcel was packed badly, and dropped.");
    await expect(offer(reader, /^(Rule|Accept|Reject|Contest)/)).toHaveCount(0);
  }
});

test("whoever cancels late is told the fee before, and pays it", async ({ as }) => {
  const { seller, buyer, order } = await paid(as, { "Late cancellation fee, %": "5", "Cancel free of charge for": "0" });
  await buyer.goto(order);
  const cancel = offer(buyer, /^Cancel/);
  await cancel.locator("summary").click();
  await expect(cancel).toContainText("₦ 23,750.00 back to you, ₦ 1,250.00 late-cancellation fee to Ada Stores.");
  await cancel.getByLabel("Why").fill("I found one nearby.");
  await cancel.getByRole("button", { name: "Cancel the order" }).click();
  const over = { status: "Cancelled", turn: "Cancelled" };
  const fee = "Late-cancellation fee to";
  await expectOrder(buyer, { ...over, money: { [`${fee} Ada Stores`]: "1,250.00", "Back to you": "23,750.00", Paid: KETTLES.total } });
  await expect(buyer.locator(".turn")).toContainText("₦ 23,750.00 came back to you; ₦ 1,250.00 late-cancellation fee to Ada Stores.");
  await seller.goto(order);
  await expectOrder(seller, { ...over, money: { [`${fee} you`]: "1,250.00", "Back to Bisi Alade": "23,750.00", Paid: KETTLES.total } });
  await expect(seller.getByRole("region", { name: "Timeline" })).toContainText("I found one nearby.");
});

test("a double click accepts once and says nothing more", async ({ as }) => {
  const { buyer } = await delivered(as);
  const card = offer(buyer, /^Accept all 3 items/);
  await card.locator("summary").click();
  await card.locator("button").dblclick();
  await expectOrder(buyer, { status: "Completed", turn: "Over: the money was released" });
  await expect(buyer.getByRole("alert")).toHaveCount(0);
  await expect(happened(buyer)).toHaveText(["Released", "Accepted", "Delivered", "Dispatched", "Paid into escrow", "Order placed,"]);
});

test.describe("two windows", () => {
  test.use({ expectedSayings: [/409 \(Conflict\)/] });

  test("the second is told who was first, and sees what is now", async ({ as, baseURL }) => {
    const { buyer: first, order } = await delivered(as);
    const second = await first.context().newPage();
    const said = listen(second, baseURL);
    await second.goto(order);
    const card = offer(second, /^Reject/);
    await card.locator("summary").click();
    await card.getByLabel("It is damaged").check();
    await card.getByLabel("Tell the seller what is wrong").fill("A dent.");
    await act(first, /^Accept all 3 items/);
    await expectOrder(first, { status: "Completed", turn: "Over: the money was released" });

    const answered = second.waitForResponse((answer) => answer.request().method() === "POST" && answer.url().endsWith(order));
    await card.locator("button").click();
    expect((await answered).status()).toBe(409);
    await expect(second.getByRole("alert")).toContainText("Somebody was first.");
    await expect(second.getByRole("alert")).toContainText("by Bisi Alade");
    await expectOrder(second, { status: "Completed", turn: "Over: the money was released" });
    expect(new URL(second.url()).pathname).toBe(order);
    expect(said.filter((line) => !/409 \(Conflict\)/.test(line))).toEqual([]);
  });
});
