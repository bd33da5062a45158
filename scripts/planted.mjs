// Proves the proofs: plants bugs in a copy of the tree and insists that the test named for each of them fails.
//
//   scripts/postgres.sh with node scripts/planted.mjs          every bug
//   scripts/postgres.sh with node scripts/planted.mjs 3 8      only these
//   node scripts/planted.mjs list                              what there is
//   node scripts/planted.mjs places                            only whether each still finds its place in the tree
//
// All of them are built in at once, each asleep until the variable PLANTED_BUG names it: so there is one build, not one a
// bug. The copy lies in the folder for temporary files and shares what was built for the tree.

import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const STORAGE = "src/server/storage/open.rs";
const ORDERS = "src/server/service/orders.rs";

/** Each bug: what is forgotten, where, the text as it is, the text with the bug, and the test that must fail. */
const BUGS = [
  {
    what: "commits are not synced (synchronous = NORMAL)",
    file: STORAGE,
    from: "SqliteSynchronous::Full)",
    to: "if crate::planted(BUG) { SqliteSynchronous::Normal } else { SqliteSynchronous::Full })",
    test: "crash::it_syncs_before_it_answers",
  },
  {
    what: "the version that was seen is not compared",
    file: ORDERS,
    from: "if command.expected_version.is_some_and(|seen| seen != order.version) {",
    to: "if !crate::planted(BUG) && command.expected_version.is_some_and(|seen| seen != order.version) {",
    test: "races::of_eight_who_press",
  },
  {
    what: "any buyer passes for the buyer of the order",
    file: ORDERS,
    from: "(order.parties.buyer == viewer.user).then_some(Party::Buyer)",
    to: "(crate::planted(BUG) || order.parties.buyer == viewer.user).then_some(Party::Buyer)",
    test: "doors_matrix::each_role_does_to_an_order",
  },
  {
    what: "any seller of the marketplace passes for the seller of the order",
    file: ORDERS,
    from: "hat.seller.is_none_or(|seller| seller == order.parties.seller)",
    to: "hat.seller.is_none_or(|seller| crate::planted(BUG) || seller == order.parties.seller)",
    test: "doors_matrix::each_role_does_to_an_order",
  },
  {
    what: "the role's permission is not asked for",
    file: "src/domain/order/decide/mod.rs",
    from: "if first.permission_for(actor.party).is_some_and(|needs| !actor.permissions.has(needs)) {",
    to: "if !crate::planted(BUG) && first.permission_for(actor.party).is_some_and(|needs| !actor.permissions.has(needs)) {",
    test: "doors_matrix::each_role_does_to_an_order",
  },
  {
    what: "the answer is kept in a second transaction",
    file: ORDERS,
    from: `    services
        .db
        .write((caller, command, secret), move |tx, (caller, command, secret)| {
            Box::pin(perform_as(tx, caller, command, handover::meant(secret, command), now))
        })
        .await
}`,
    to: `    let key = command.key.clone().map(|key| {
        let operation = command.action.verb().code().to_owned();
        (CommandKey { caller: caller.identity(), operation, key }, fingerprint(&command))
    });
    let write = services.db.write((caller, command, secret), move |tx, (caller, command, secret)| {
        Box::pin(perform_as(tx, caller, command, handover::meant(secret, command), now))
    });
    let performed = write.await?;
    if let Some((key, fingerprint)) = key.filter(|_| crate::planted(BUG)) {
        let answer = serde_json::to_string(&performed).expect("answers are plain data");
        let write = services.db.write((key, fingerprint, answer), move |tx, (key, fingerprint, answer)| {
            Box::pin(async move {
                if idempotency::find(tx, key).await?.is_none() {
                    idempotency::insert(tx, key, fingerprint, answer, now).await?;
                }
                Ok::<_, Error>(())
            })
        });
        write.await?;
    }
    Ok(performed)
}`,
    also: {
      from: "    if let Some(key) = &key {\n        let answer =",
      to: "    if let Some(key) = key.as_ref().filter(|_| !crate::planted(BUG)) {\n        let answer =",
    },
    test: "load::whoever_hangs_up_is_told_the_truth",
  },
  {
    what: "messages are not written with their events",
    file: "src/server/service/history.rs",
    from: "        history.record_messages(tx).await?;",
    to: "        if !crate::planted(BUG) {\n            history.record_messages(tx).await?;\n        }",
    test: "load::under_mixed_load",
  },
  {
    what: "counts of the tabs are not kept up",
    file: ORDERS,
    from: "    counts::apply(tx, &counts).await?;",
    to: "    if !crate::planted(BUG) {\n        counts::apply(tx, &counts).await?;\n    }",
    test: "load::under_mixed_load",
  },
  {
    what: "a slice of money is rounded up",
    file: "src/domain/money.rs",
    from: ".div_euclid(i128::from(whole));",
    to: ".div_euclid(i128::from(whole))\n        + i128::from(crate::planted(BUG) && 0 < part && part < whole);",
    test: "domain::order::tests::stores",
  },
  {
    what: "an answer at the very deadline still counts",
    file: "src/domain/order/decide/mod.rs",
    from: "order.deadline_of(part) <= now;",
    to: "order.deadline_of(part).shifted(i64::from(!crate::planted(BUG)) - 1) <= now.shifted(-i64::from(crate::planted(BUG)) * 2);",
    test: "domain::order::tests::stores",
  },
  {
    what: "PostgreSQL does not lock the order's row",
    file: "src/server/storage/orders.rs",
    from: "if tx.locks_rows() { SELECT_STATE_FOR_UPDATE }",
    to: "if tx.locks_rows() && !crate::planted(BUG) { SELECT_STATE_FOR_UPDATE }",
    test: "races::whoever_acts_at_once",
  },
  {
    what: "a connection with a broken transaction goes back into the pool",
    file: STORAGE,
    from: "                Ok(!connection.is_in_transaction())",
    to: "                Ok(crate::planted(BUG) || !connection.is_in_transaction())",
    test: "crash::when_the_disk_fails",
  },
  {
    what: "a commit that failed passes for one that did not",
    file: "src/server/storage/write.rs",
    from: "            tx.commit().await?;",
    to: "            let committed = tx.commit().await;\n            if !crate::planted(BUG) {\n                committed?;\n            }",
    test: "crash::when_the_disk_fails",
  },
  {
    what: "the mailbox is open outside demo mode",
    file: "src/rpc/mailbox.rs",
    from: "if !app.config.demo {",
    to: "if !app.config.demo && !crate::planted(BUG) {",
    test: "doors_matrix::each_server_function",
  },
  {
    what: "webhooks are written down as delivered before they are sent",
    file: "src/server/outbox/webhook.rs",
    from: "    let count = jobs.len();\n",
    to: `    let count = jobs.len();
    if crate::planted(BUG) {
        let sent = || Sent { status: 200, error: "", took_ms: 0 };
        let done = jobs.iter().map(|job| Done { job: job.clone(), at: services.now(), sent: sent() }).collect();
        sending::record(&services, endpoint, done).await?;
    }
`,
    test: "webhooks::killed",
  },
  {
    what: "the orders of who was erased are still found by the address",
    file: "src/server/service/erasure.rs",
    from: "erasure::keep_terms(tx, order, &keep).await?;",
    to: "if !crate::planted(BUG) { erasure::keep_terms(tx, order, &keep).await?; }",
    test: "erasure::who_is_erased",
  },
];

/** The switch; it stands outside the house rules, as the whole copy does. */
const SWITCH = `
/// Whether this planted bug is awake.
pub fn planted(bug: u32) -> bool {
    static AWAKE: std::sync::LazyLock<Option<u32>> =
        std::sync::LazyLock::new(|| std::env::var("PLANTED_BUG").ok().and_then(|bug| bug.parse().ok()));
    *AWAKE == Some(bug)
}
`;

/** Every change of the source that a bug is made of. */
const changes = (bug) => [bug, ...(bug.also ? [{ ...bug.also, file: bug.file }] : [])];

/** The text of a file that a bug goes into; there is exactly one place for it. */
function textFor(folder, number, { file, from }) {
  const text = readFileSync(join(folder, file), "utf8");
  if (text.split(from).length !== 2) throw new Error(`bug ${number} cannot be planted: ${file} does not say once: ${from}`);
  return text;
}

function plant(folder, number, change) {
  const text = textFor(folder, number, change);
  writeFileSync(join(folder, change.file), text.replace(change.from, () => change.to.replaceAll("BUG", String(number))));
}

function copy() {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-planted-"));
  const list = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" });
  for (const file of list.split("\0").filter(Boolean)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  return folder;
}

/** Builds the tests of the copy; the answer is the program that runs them. */
function build(folder) {
  // The libraries are shared; the compiler's name has what is compiled of the copy kept apart from what is compiled here.
  const env = {
    ...process.env,
    CARGO_TARGET_DIR: process.env.CARGO_TARGET_DIR ?? join(root, "target"),
    RUSTC_WORKSPACE_WRAPPER: join(folder, "scripts/own.sh"),
  };
  const line = ["test", "--quiet", "--locked", "--no-run", "--test", "tests", "--message-format", "json"];
  const built = spawnSync("cargo", line, { cwd: folder, env, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] });
  if (built.status !== 0) throw new Error("the copy with the bugs cannot be built");
  const messages = built.stdout.split("\n").filter((text) => text.startsWith("{")).map((text) => JSON.parse(text));
  return messages.find(({ executable, target }) => executable && target.name === "tests").executable;
}

function run(program, folder, bug, filters) {
  const { HOLDFAST_PROOF: _, ...env } = process.env;
  const ran = spawnSync(program, ["--quiet", ...filters], {
    cwd: folder,
    env: { ...env, PLANTED_BUG: String(bug), CARGO_MANIFEST_DIR: folder },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const said = `${ran.stdout}${ran.stderr}`;
  return { passed: ran.status === 0, failed: said.includes("test result: FAILED"), said };
}

const asked = process.argv.slice(2);
const chosen = BUGS.map((bug, index) => ({ ...bug, number: index + 1 })).filter(
  ({ number }) => asked.length === 0 || asked.includes(String(number)),
);
if (asked[0] === "list") {
  BUGS.forEach((bug, index) => console.log(`${index + 1}. ${bug.what}: ${bug.test}`));
  process.exit(0);
}
if (asked[0] === "places") {
  BUGS.forEach((bug, index) => changes(bug).forEach((change) => textFor(root, index + 1, change)));
  process.exit(0);
}
if (chosen.length !== (asked.length || BUGS.length)) {
  console.error(`there are bugs 1 to ${BUGS.length}: ${asked.join(" ")}`);
  process.exit(2);
}
const folder = copy();
let missed = 0;
try {
  // The rules are a package of their own, below all others.
  appendFileSync(join(folder, "src/domain/lib.rs"), SWITCH);
  appendFileSync(join(folder, "src/lib.rs"), "pub use holdfast_domain::planted;\n");
  BUGS.forEach((bug, index) => {
    changes(bug).forEach((change) => plant(folder, index + 1, change));
  });
  const program = build(folder);
  console.log("all bugs asleep: the tests must pass");
  const asleep = run(program, folder, 0, [...new Set(chosen.map(({ test }) => test))]);
  if (!asleep.passed) throw new Error(`the tests fail without any bug:\n${asleep.said}`);
  for (const { number, what, test } of chosen) {
    const { failed, passed, said } = run(program, folder, number, [test]);
    if (!failed && !passed) throw new Error(`bug ${number}: the tests did not run:\n${said}`);
    missed += failed ? 0 : 1;
    console.log(`${failed ? "caught" : "MISSED"}  ${number}. ${what}: ${test}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${chosen.length - missed} of ${chosen.length} planted bugs were caught`);
process.exit(missed === 0 ? 0 : 1);
