// A mail server for tests: tells of each mail that arrived in a line of JSON, and behaves by the name it is sent to.
//
//   node receiver.mjs [--fail=PERCENT] [--tls=offered|always --key=FILE --cert=FILE] [--login=NAME:PASSWORD]
//
//   dead…@  refused for good (550)      soft…@  put off, each time (451)     grey…@  put off once (451)
//   full…@  refused after the text (552) hang…@  no answer at all            drop…@  the connection breaks off
//
// With --fail so many of a hundred mails are put off after their text, each a few times at most. With --tls it is encrypted
// from the beginning, or offers to be (STARTTLS); with --login nobody else gets in. It ends with its input.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { SMTPServer } from "smtp-server";

const said = (name) => process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
const fail = Number(said("fail") ?? 0);
const tls = said("tls");
const login = said("login");
const MOST_FAILURES = 5;
const seen = new Set();
const attempts = new Map();

function refusal(code, text) {
  return Object.assign(new Error(text), { responseCode: code });
}

function decide(address, answer) {
  const name = address.split("@")[0];
  if (name.startsWith("hang")) return;
  if (name.startsWith("dead")) return answer(refusal(550, "5.1.1 nobody of this name"));
  if (name.startsWith("soft")) return answer(refusal(451, "4.3.0 not now"));
  if (name.startsWith("grey") && !seen.has(address)) {
    seen.add(address);
    return answer(refusal(451, "4.7.1 greylisted, try again later"));
  }
  answer();
}

// Whether this attempt fails: the same for the same mail and number, so that each arrives in the end.
function fails(id) {
  const attempt = (attempts.get(id) ?? 0) + 1;
  attempts.set(id, attempt);
  const chance = createHash("sha256").update(`${id} ${attempt}`).digest().readUInt16BE() % 100;
  return attempt <= MOST_FAILURES && chance < fail;
}

const server = new SMTPServer({
  ...(tls && { secure: tls === "always", key: readFileSync(said("key")), cert: readFileSync(said("cert")) }),
  authOptional: !login,
  disabledCommands: [...(tls ? [] : ["STARTTLS"]), ...(login ? [] : ["AUTH"])],
  onAuth: (auth, _session, answer) =>
    `${auth.username}:${auth.password}` === login
      ? answer(null, { user: auth.username })
      : answer(refusal(535, "5.7.8 wrong name or password")),
  disableReverseLookup: true,
  logger: false,
  onRcptTo: (address, _session, answer) => decide(address.address, answer),
  onData: (stream, session, answer) => {
    const chunks = [];
    stream.on("data", (chunk) => chunks.push(chunk));
    stream.on("end", () => {
      const raw = Buffer.concat(chunks).toString("utf8");
      const to = session.envelope.rcptTo.map((address) => address.address);
      const id = /^Message-ID: <([^@>]*)@/im.exec(raw)?.[1] ?? "";
      if (to[0].startsWith("full")) return answer(refusal(552, "5.2.2 no room"));
      if (to[0].startsWith("drop")) return server.connections.forEach((one) => one.session === session && one._socket.destroy());
      if (fails(id)) return answer(refusal(451, "4.3.0 not this time"));
      process.stdout.write(JSON.stringify({ id, to, raw, secure: session.secure, user: session.user ?? "" }) + "\n");
      answer();
    });
  },
});
server.on("error", () => {});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.server.address().port}\n`));
process.stdin.on("end", () => process.exit(0)).resume();
