// What new orders begin with: set for one shop in the settings, and read where its next order is placed.

import { awake, expectAccessible, expectValidHtml } from "./fixtures.js";
import { expect, test } from "./people.js";

// Both set the terms of the same shop.
test.describe.configure({ mode: "serial" });

/** The line of the terms that a new order begins with. */
const begins = (page, label) =>
  page.getByRole("region", { name: "What a new order begins with" }).locator("div").filter({ hasText: label }).last();

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with scripts ${javaScriptEnabled ? "on" : "off"}`, () => {
    test.use({ expectedSayings: [/422 \(Unprocessable/] });

    test("a marketplace sets what differs for a shop, and its owner places orders with it", async ({ as }) => {
      const [admin, kabir] = await Promise.all([as("admin", { javaScriptEnabled }), as("kabir", { javaScriptEnabled })]);
      // The same shop stands in other tests: what is set here is set back at the end.
      await admin.goto("/settings/sellers");
      await admin.getByRole("link", { name: /terms for Kano Leather$/ }).click();
      await expect(admin.getByRole("heading", { name: "Terms of Kano Leather" })).toBeVisible();
      if (javaScriptEnabled) {
        await awake(admin);
        await expectAccessible(admin);
        await expectValidHtml(admin.request, new URL(admin.url()).pathname);
      }
      const form = admin.locator("form#terms");
      await form.getByLabel("Settle a dispute in").fill("soon");
      await form.getByLabel("Answer a rejection in").fill("36h");
      await form.getByRole("button", { name: "Save" }).click();
      await expect(form.getByLabel("Settle a dispute in")).toHaveValue("soon");
      await expect(form.getByLabel("Settle a dispute in")).toHaveAccessibleDescription(/A number of days like 3/);
      await expect(form.getByLabel("Answer a rejection in")).toHaveValue("36h");
      await form.getByLabel("Settle a dispute in").fill("");
      await form.getByRole("button", { name: "Save" }).click();
      await expect(admin.getByRole("status").filter({ hasText: "Saved." })).toBeVisible();
      await expect(begins(admin, "Answer a rejection")).toContainText("1 day 12 hours");
      // The shop sees it, without what only the marketplace sets; its next order begins with it.
      await kabir.goto("/settings/terms");
      await expect(begins(kabir, "Answer a rejection")).toContainText("1 day 12 hours");
      await expect(kabir.getByLabel("Answer a rejection in")).toHaveValue("1.5");
      await expect(kabir.getByLabel("Marketplace fee, %")).toHaveCount(0);
      await kabir.goto("/orders/new");
      await expect(kabir.locator("section.terms dl")).toContainText("1 day 12 hours");
      await form.getByLabel("Answer a rejection in").fill("");
      await form.getByRole("button", { name: "Save" }).click();
      await expect(begins(admin, "Answer a rejection")).toContainText("3 days");
    });
  });
}
