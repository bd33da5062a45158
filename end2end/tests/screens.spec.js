// Every screen by itself: accessible in light and dark, valid as it is sent, and no wider than a phone.

import { awake, expectAccessible, expectValidHtml } from "./fixtures.js";
import { expect, offer, place, test } from "./people.js";

// Each of them looks at many pages.
test.describe.configure({ timeout: 90_000 });

const STATUSES = [
  "awaiting_payment", "funded", "in_transit", "awaiting_response", "rejected", "second_attempt",
  "returning", "dispute", "under_review", "completed", "cancelled", "expired",
];

/** An order that still has to be paid, and the address at which it is. */
async function toPay(as) {
  const seller = await as("ada");
  const order = await place(seller);
  const buyer = await as("bisi");
  await buyer.goto(order);
  return { order, payAt: await buyer.getByRole("link", { name: /^Pay/ }).getAttribute("href") };
}

/** The first order on the list of a status, or nothing where the demo has none. */
async function orderIn(page, status) {
  await page.goto(`/orders?tab=all&status=${status}`);
  const first = page.locator("a[href^='/orders/HF-']").first();
  return (await first.count()) > 0 ? first.getAttribute("href") : undefined;
}

const STRANGERS = ["/sign-in", "/sign-up", "/forgot", "/mailbox"];
const SELLERS = ["/orders", "/orders?tab=all", "/orders?tab=all&q=nothing-has-this-name", "/orders/new", "/settings", "/settings/webhooks", "/settings/terms"];

/** Looks at a page in the light, and then in the dark, where only the colours are others. */
async function expectAccessibleInBoth(page, path) {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(path);
  await awake(page);
  const offers = offer(page, /./);
  if ((await offers.count()) > 0) await offers.first().locator("summary").click();
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page, ["color-contrast", "link-in-text-block"]);
}

test("the pages of strangers and buyers are accessible in light and dark", async ({ as }) => {
  const { order, payAt } = await toPay(as);
  const [stranger, buyer] = await Promise.all([as(null), as("bisi")]);
  for (const path of [...STRANGERS, payAt]) await test.step(path, () => expectAccessibleInBoth(stranger, path));
  for (const path of ["/orders", order]) await test.step(path, () => expectAccessibleInBoth(buyer, path));
});

test("the pages of sellers and operators are accessible in light and dark", async ({ as }) => {
  const [seller, admin] = await Promise.all([as("ada"), as("admin")]);
  for (const path of SELLERS) await test.step(path, () => expectAccessibleInBoth(seller, path));
  for (const path of ["/orders?tab=all", "/settings", "/settings/messages", "/settings/terms"]) await test.step(path, () => expectAccessibleInBoth(admin, path));
});

for (const person of ["ada", "disputes"]) {
  test(`an order is accessible in light and dark, whatever its status, as ${person} sees it`, async ({ as }) => {
    const page = await as(person);
    const statuses = STATUSES.filter((_, at) => at % 2 === (person === "ada" ? 0 : 1));
    for (const status of statuses) {
      const order = await orderIn(page, status);
      expect.soft(order, `the demo shows an order that is ${status}`).toBeDefined();
      if (order !== undefined) await test.step(status, () => expectAccessibleInBoth(page, order));
    }
  });
}

test("the pages are valid HTML as they are sent", async ({ as }) => {
  const { order, payAt } = await toPay(as);
  const [stranger, seller, buyer, manager] = await Promise.all([as(null), as("ada"), as("bisi"), as("disputes")]);
  for (const path of [...STRANGERS, payAt]) await test.step(path, () => expectValidHtml(stranger.request, path));
  for (const path of SELLERS) await test.step(path, () => expectValidHtml(seller.request, path));
  for (const path of ["/orders", order]) await test.step(path, () => expectValidHtml(buyer.request, path));
  for (const [at, status] of STATUSES.entries()) {
    const page = [seller, buyer, manager][at % 3];
    const order = await orderIn(page, status);
    if (order !== undefined) await test.step(status, () => expectValidHtml(page.request, order));
  }
});

for (const width of [390, 320]) {
  test.describe(`${width} pixels wide`, () => {
    test.use({ viewport: { width, height: 740 } });

    test("what programs can do fits as well", async ({ page }) => {
      await page.goto("/api");
      expect(await wide(page)).toEqual([]);
      await page.evaluate(() => document.querySelectorAll("details").forEach((it) => (it.open = true)));
      expect(await wide(page)).toEqual([]);
    });

    test("nothing stands out to the side", async ({ as }) => {
      const { order, payAt } = await toPay(as);
      const [stranger, seller, buyer, manager] = await Promise.all([as(null), as("ada"), as("bisi"), as("disputes")]);
      const disputed = await orderIn(manager, "under_review");
      const pages = [
        ...[...STRANGERS, payAt].map((path) => [stranger, path]),
        ...SELLERS.map((path) => [seller, path]),
        ...["/orders", order].map((path) => [buyer, path]),
        [manager, disputed ?? "/orders?tab=all"],
      ];
      for (const [page, path] of pages) {
        await test.step(path, async () => {
          await page.goto(path);
          await awake(page);
          expect.soft(await wide(page), path).toEqual([]);
          for (const summary of await page.locator("main summary:visible").all()) {
            await summary.click();
            expect.soft(await wide(page), `${path}, ${await summary.textContent()}`).toEqual([]);
            // What lies over the page would lie over the next one.
            if (await summary.evaluate((it) => it.parentElement.matches(".unfold"))) await summary.click();
          }
        });
      }
    });
  });
}

/** What makes the page wider than its window. */
function wide(page) {
  return page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const out = [...document.body.querySelectorAll("*")].filter((element) => element.getBoundingClientRect().right > room + 0.5);
    return [`${document.documentElement.scrollWidth} wide`, ...out.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))];
  });
}
