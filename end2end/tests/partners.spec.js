// What somebody needs who points an integration of another system here: its address, its keys, and a request that works as
// it is copied.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { awake, expectAccessible, expectValidHtml } from "./fixtures.js";
import { expect, test } from "./people.js";

const SURFACES = ["AtaraPay", "Avarda", "Retailys", "API2Cart"];

/** Makes a key on the page for that, and copies it while it is shown. */
async function makeKey(page, name) {
  await page.goto("/settings/keys");
  await awake(page);
  await page.getByText("Make a key…").click();
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("For which orders").selectOption("live");
  for (const box of await page.getByRole("checkbox").all()) await box.check();
  await page.getByRole("button", { name: "Make it" }).click();
  const shown = page.getByRole("region", { name: /Copy this now/ });
  return (await shown.getByRole("code").textContent()).trim();
}

/** Runs a request as it is copied into a terminal, with what stands for the key in the environment. */
async function run(request, environment) {
  const { stdout } = await promisify(execFile)("bash", ["-c", request.replace(/^curl /, "curl --silent --show-error ")], {
    env: { PATH: process.env.PATH, ...environment },
    timeout: 30_000,
  });
  return JSON.parse(stdout);
}

test("a seller copies the request of each system, and it works", async ({ as, baseURL }) => {
  const seller = await as("ada");
  await seller.goto("/orders?tab=all");
  const order = (await seller.locator("a[href^='/orders/HF-']").first().getAttribute("href")).split("/").pop().split("?")[0];
  const KEY = await makeKey(seller, "Shop");
  await seller.goto("/settings");
  await seller.getByRole("link", { name: "Partners" }).click();
  await expect(seller.getByRole("heading", { level: 1 })).toHaveText("Partners");
  await expect(seller.getByRole("row", { name: /Shop/ }).first()).toContainText(KEY.slice(0, 14));
  expect(await seller.content(), "a key is shown once, when it is made").not.toContain(KEY);
  const answers = {};
  for (const name of SURFACES) {
    const panel = seller.locator("section").filter({ has: seller.getByRole("heading", { name, exact: true }) });
    await expect(panel.getByText("Base address:")).toContainText(`${baseURL}/partners/${name.toLowerCase()}`);
    answers[name] = await run(await panel.locator("pre").textContent(), { KEY, ORDER: order });
  }
  expect(answers.AtaraPay).toMatchObject({ status: "success", message: "Order Fetched" });
  expect(answers.Avarda).toMatchObject({ token: expect.any(String), tokenExpirationUtc: expect.any(String) });
  expect(answers.Retailys.orders.length).toBeGreaterThan(0);
  expect(answers.API2Cart).toMatchObject({ return_code: 0, return_message: "" });
});

test("the page of partners is valid, accessible, and no wider than a phone", async ({ as }) => {
  const seller = await as("ada");
  await seller.goto("/settings/partners");
  await awake(seller);
  await expectAccessible(seller);
  await expectValidHtml(seller.request, "/settings/partners");
  await seller.setViewportSize({ width: 360, height: 740 });
  const width = await seller.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  expect(width[0], "nothing stands out to the side").toBeLessThanOrEqual(width[1]);
});

test("what a buyer bought is no store, and a stranger is sent to sign in", async ({ as }) => {
  const [buyer, stranger] = await Promise.all([as("bisi"), as(null)]);
  await buyer.goto("/settings/partners");
  await expect(buyer.getByRole("heading", { name: "Avarda", exact: true })).toBeVisible();
  await expect(buyer.getByRole("heading", { name: "API2Cart", exact: true })).toHaveCount(0);
  await stranger.goto("/settings/partners");
  expect(new URL(stranger.url()).pathname).toBe("/sign-in");
});
