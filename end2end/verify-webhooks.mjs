// Lets the library of Standard Webhooks judge requests: reads [{ secret, headers, body, valid }] from its input and fails
// where the library says something else than `valid`.

import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const requests = JSON.parse(readFileSync(0, "utf8"));
let judged = 0;
for (const { secret, headers, body, valid } of requests) {
  let said = true;
  let why = "";
  try {
    new Webhook(secret).verify(body, headers);
  } catch (error) {
    said = false;
    why = String(error);
  }
  if (said !== valid) {
    console.error(`expected ${valid}, the library says ${said} ${why}: ${JSON.stringify(headers)} ${body}`);
    process.exit(1);
  }
  judged += 1;
}
console.log(judged);
