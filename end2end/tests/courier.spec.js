// What a delivery person's phone gains with scripts: a signature drawn with a finger, and the buyer's code read by the camera.

import { expectAccessible } from "./fixtures.js";
import { expect, expectOrder, offer, pay, place, test } from "./people.js";

const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 3, hasTouch: true, isMobile: true, colorScheme: "dark" };

// A camera of the browser's own making, so that no machine needs one; who may use it is asked as ever.
test.use({
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--use-fake-device-for-media-stream", ...(process.getuid() === 0 ? ["--no-sandbox"] : [])],
  },
});

/** An order that is paid, its address, and the path of a courier's link to it. */
async function toBring(as) {
  const [seller, buyer] = await Promise.all([as("ada"), as("bisi")]);
  const order = await place(seller);
  await pay(buyer, order);
  await seller.goto(`${order}/courier`);
  await seller.getByRole("button", { name: "Make a link" }).click();
  const link = new URL(await seller.getByLabel("The link, to copy").inputValue()).pathname;
  return { seller, buyer, order, link };
}

/** Draws a line over the paper with one finger, from its left to its right, and back and forth in height. */
async function draw(page, paper) {
  const box = await paper.boundingBox();
  const finger = await page.context().newCDPSession(page);
  const touch = (type, points) => finger.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  const at = (part) => [{ x: box.x + box.width * part, y: box.y + box.height * (part * 10 % 2 < 1 ? 0.2 : 0.8) }];
  await touch("touchStart", at(0.1));
  for (let part = 0.2; part < 0.9; part += 0.1) await touch("touchMove", at(part));
  await touch("touchEnd", []);
}

test("a signature is drawn with a finger and proves the delivery", async ({ as }) => {
  const { seller, order, link } = await toBring(as);
  const phone = await as(null, PHONE);
  await phone.goto(link);
  const card = offer(phone, "Hand over without the code");
  await card.locator("summary").click();
  const paper = card.locator("canvas");
  const field = card.getByLabel("Photo of the signature");
  const chosen = () => field.evaluate((input) => Array.from(input.files, ({ name, type, size }) => ({ name, type, drawn: size > 500 })));
  await paper.scrollIntoViewIfNeeded();

  await paper.tap();
  expect(await chosen(), "a touch is no signature").toEqual([]);
  const before = await phone.evaluate(() => scrollY);
  await draw(phone, paper);
  expect(await phone.evaluate(() => scrollY), "the page stays where it is").toBe(before);
  expect(await chosen()).toEqual([{ name: "signature.png", type: "image/png", drawn: true }]);
  await expect(card.getByRole("status")).toHaveText("Signed: it goes along as a picture.");
  const [dots, pixels] = await paper.evaluate((paper) => [paper.width, paper.clientWidth]);
  expect(dots, "it has all dots of the screen").toBe(pixels * 3);
  const ink = await paper.evaluate((paper) => {
    const { data } = paper.getContext("2d").getImageData(0, 0, paper.width, paper.height);
    return [data.filter((value, at) => at % 4 === 0 && value < 50).length, data.filter((value, at) => at % 4 === 3 && value < 255).length];
  });
  expect(ink[0], "there is ink").toBeGreaterThan(1000);
  expect(ink[1], "on paper that hides what is behind it").toBe(0);
  await expectAccessible(phone);

  await card.getByRole("button", { name: "Clear" }).click();
  expect(await chosen()).toEqual([]);
  await expect(card.getByRole("status")).toHaveText("");
  await draw(phone, paper);
  await card.locator("button:not([type])").click();
  await expect(phone.getByRole("heading", { name: "Handed over" })).toBeVisible();

  await seller.goto(order);
  await expectOrder(seller, { status: "Delivered, awaiting response", turn: /^It is Bisi Alade’s turn/ });
  const picture = seller.getByRole("region", { name: "Timeline" }).getByRole("img");
  expect(await picture.evaluate((image) => image.naturalWidth)).toBe(dots);
});

/** A reader of codes, which this browser has not: it sees these texts one after the other, once the camera gives a picture. */
function readCodes(texts) {
  window.BarcodeDetector = class {
    static getSupportedFormats = async () => ["aztec", "qr_code"];
    async detect(video) {
      if (video.videoWidth === 0) throw new DOMException("no picture yet", "InvalidStateError");
      const text = texts.length > 1 ? texts.shift() : texts[0];
      return text ? [{ rawValue: text, format: "qr_code" }] : [];
    }
  };
}

test("the camera reads the buyer’s code", async ({ as }) => {
  const { buyer, order, link } = await toBring(as);
  await buyer.goto(order);
  const code = await buyer.locator(".door-code").textContent();
  const phone = await as(null, { ...PHONE, permissions: ["camera"] });
  await phone.addInitScript(readCodes, ["https://elsewhere.example/", "1234567", "", "", code]);
  await phone.goto(link);
  const card = offer(phone, "Hand over with the code");
  const video = card.locator("video");
  await expect(video).toBeHidden();
  await card.getByRole("button", { name: "Scan the code" }).click();
  await expect(video).toBeVisible();
  await expect(card.getByRole("status")).toHaveText("This is another code: ask for the one for the delivery.");
  await expect(card.getByLabel("The buyer’s code")).toHaveValue(code);
  await expect(card.getByRole("status")).toHaveText("The code was read.");
  await expect(card.getByRole("button", { name: "Handed over" })).toBeFocused();
  expect(await video.evaluate((video) => video.hidden && video.srcObject === null), "the camera is off").toBe(true);
  await phone.keyboard.press("Enter");
  await expect(phone.getByRole("heading", { name: "Handed over" })).toBeVisible();
});

test("who stops the camera, has none or may not use it types the code", async ({ as }) => {
  const { link } = await toBring(as);
  const [plain, stopped, refused] = [await as(null, PHONE), await as(null, { ...PHONE, permissions: ["camera"] }), await as(null, PHONE)];
  await plain.goto(link);
  const scan = (page) => offer(page, "Hand over with the code").getByRole("button", { name: "Scan the code" });
  await expect(plain.locator(".signature").first(), "the scripts ran").not.toHaveAttribute("hidden");
  await expect(scan(plain), "this browser reads no codes").toBeHidden();

  await stopped.addInitScript(readCodes, [""]);
  await stopped.goto(link);
  await scan(stopped).click();
  const video = stopped.locator("video");
  await expect(video).toBeVisible();
  await stopped.getByRole("button", { name: "Stop" }).click();
  await expect(video).toBeHidden();
  await expect.poll(() => video.evaluate((video) => video.srcObject), "the camera goes off").toBe(null);
  await expect(stopped.locator(".scan").getByRole("status")).toHaveText("");

  await refused.addInitScript(readCodes, [""]);
  await refused.goto(link);
  await scan(refused).click();
  await expect(refused.locator(".scan").getByRole("status")).toHaveText("The camera cannot be used. Please type the code.");
  await expect(refused.locator("video")).toBeHidden();
});
