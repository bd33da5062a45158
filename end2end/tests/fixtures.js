// What every browser test has: a page that must stay silent and at home, and checks of what it shows.

import AxeBuilder from "@axe-core/playwright";
import { test as base, expect } from "@playwright/test";
import { HtmlValidate } from "html-validate";

/** Notes everything the page says on its console, every error, every blocked and every foreign request. */
export function listen(page, baseURL) {
  const said = [];
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()} (${message.location().url})`));
  page.on("pageerror", (error) => said.push(`error: ${error}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(baseURL) && !request.url().startsWith("data:")) said.push(`foreign: ${request.url()}`);
  });
  return said;
}

export const test = base.extend({
  // Console lines that a test causes on purpose, as regular expressions; a page answered with 4xx writes one.
  expectedSayings: [[], { option: true }],
  page: async ({ page, baseURL, expectedSayings }, use) => {
    const said = listen(page, baseURL);
    await use(page);
    const unexpected = said.filter((line) => !expectedSayings.some((pattern) => pattern.test(line)));
    expect(unexpected, "the console stays silent").toEqual([]);
  },
});

/** Waits until every island on the page answers to its reader. */
export async function awake(page) {
  await page.locator("html[data-awake]").waitFor({ state: "attached" });
}

/**
 * Checks the page as it stands for accessibility; the test goes on, so that one run tells all there is.
 * With names of rules, only by those.
 */
export async function expectAccessible(page, rules) {
  const all = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  // A row that is scrolled half under the head of its list is no small target: each pane is looked at from its top.
  await page.evaluate(() => {
    for (const element of document.querySelectorAll("*")) if (element.scrollTop > 0) element.scrollTop = 0;
  });
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules ? axe.withRules(rules) : axe.withTags(all)).analyze();
  expect.soft(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`), page.url()).toEqual([]);
}

const validator = new HtmlValidate({
  extends: ["html-validate:standard"],
  elements: ["html5", { "leptos-island": { flow: true, phrasing: true, transparent: true }, "leptos-children": { flow: true, phrasing: true, transparent: true } }],
  rules: { "no-trailing-whitespace": "off", "no-implicit-button-type": "off", "doctype-style": "off" },
});

/** Checks the HTML as the server sends it, before any script has touched it. */
export async function expectValidHtml(request, path) {
  const answer = await request.get(path);
  const report = await validator.validateString(await answer.text(), path);
  const messages = report.results.flatMap((result) => result.messages);
  expect.soft(messages.map(({ line, column, message, ruleId }) => `${line}:${column} ${ruleId}: ${message}`), path).toEqual([]);
}

export { expect };
