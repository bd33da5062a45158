// The whole way stands: a page from the database, islands that wake up, headers that keep strangers out.

import { awake, expect, expectAccessible, expectValidHtml, test } from "./fixtures.js";

/** Opens the menu, which is the browser's own and needs no script, and presses the button. */
async function chooseDark(page) {
  await page.getByRole("button", { name: "Light or dark" }).click();
  await page.getByRole("button", { name: "Dark", exact: true }).click();
}

test("the sign-in is drawn whole and its islands wake up", async ({ page }) => {
  await page.goto("/sign-in");
  await expect(page).toHaveTitle(/Holdfast/);
  await awake(page);
  await expectAccessible(page);
});

test("the theme changes at once, and stays", async ({ page }) => {
  await page.goto("/sign-in");
  await awake(page);
  await page.evaluate(() => (window.samePage = true));
  await chooseDark(page);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  expect(await page.evaluate(() => window.samePage)).toBe(true);
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test.describe("with scripts off", () => {
  test.use({ javaScriptEnabled: false });

  test("the theme changes, and stays", async ({ page }) => {
    await page.goto("/sign-in");
    await chooseDark(page);
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
    expect(new URL(page.url()).pathname).toBe("/sign-in");
  });
});

test.describe("an address at which there is nothing", () => {
  test.use({ expectedSayings: [/404 \(Not Found\)/] });

  test("answers with a page that says so", async ({ page }) => {
    const answer = await page.goto("/nothing/here");
    expect(answer.status()).toBe(404);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  });
});

test("the HTML is valid as it is sent", async ({ request }) => {
  await expectValidHtml(request, "/sign-in");
});

test("assets are compressed and kept for ever", async ({ request }) => {
  const html = await (await request.get("/sign-in")).text();
  const style = html.match(/href="(\/pkg\/[^"]+\.css)"/)[1];
  const headers = (await request.get(style)).headers();
  expect(headers["cache-control"]).toContain("immutable");
  expect(headers["content-encoding"]).toBe("br");
});

test("a post from another site changes nothing", async ({ request }) => {
  const form = { theme: "dark" };
  const path = "/rpc/theme/choose";
  for (const headers of [{ Origin: "https://elsewhere.example" }, { "Sec-Fetch-Site": "cross-site" }, {}]) {
    expect((await request.post(path, { form, headers })).status()).toBe(403);
  }
});
