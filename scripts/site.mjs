// Finishes the site from the compiled WebAssembly: glue, optimisation, styles, hashed names, compressed copies.
// Reads [[workspace.metadata.leptos]] of Cargo.toml, and makes the names and the hash file that cargo-leptos would make.
// Does nothing when nothing that goes in has changed.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const tools = join(import.meta.dirname, "node_modules");
const root = join(import.meta.dirname, "..");
process.chdir(root);

function run(program, args) {
  const answer = spawnSync(program, args, { encoding: "utf8", maxBuffer: 64 << 20 });
  if (answer.status !== 0) {
    throw new Error(`${program} ${args.join(" ")}\n${answer.error ?? ""}${answer.stdout}${answer.stderr}`);
  }
  return answer.stdout;
}

const metadata = JSON.parse(run("cargo", ["metadata", "--no-deps", "--offline", "--format-version", "1"]));
const target = relative(root, metadata.target_directory) || ".";
const leptos = metadata.metadata.leptos[0];
const name = leptos["output-name"];
const site = leptos["site-root"];
const pkg = join(site, leptos["site-pkg-dir"]);
const compiled = join(target, "browser", "wasm32-unknown-unknown", "release", `${leptos["lib-package"].replaceAll("-", "_")}.wasm`);
const stampFile = join(target, "site-stamp.json");
const hashFile = join(target, "release", "hash.txt");

function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((entry) => join(folder, entry))
    .filter((path) => statSync(path).isFile())
    .sort();
}

/** One hash over the names and contents of everything that goes into the site. */
function fingerprint() {
  const hash = createHash("sha256");
  const inputs = [
    compiled,
    join(import.meta.dirname, "site.mjs"),
    join(import.meta.dirname, "package-lock.json"),
    "Cargo.toml",
    ...filesIn(dirname(leptos["style-file"])),
    ...filesIn(leptos["assets-dir"]),
  ];
  for (const path of inputs) hash.update(path).update("\0").update(readFileSync(path)).update("\0");
  return hash.digest("hex");
}

/** The hash that cargo-leptos puts into file names. */
const nameHash = (content) => createHash("md5").update(content).digest("base64url");

function optimisedWasm() {
  const work = join(target, "site-work");
  rmSync(work, { recursive: true, force: true });
  run("wasm-bindgen", [compiled, "--target", "web", "--no-typescript", "--out-name", name, "--out-dir", work]);
  const raw = join(work, `${name}_bg.wasm`);
  const small = join(work, `${name}.wasm`);
  const flags = ["bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types", "multivalue"];
  run("node", [join(tools, "binaryen/bin/wasm-opt"), raw, "-o", small, "-Oz", ...flags.map((flag) => `--enable-${flag}`)]);
  return { work, wasm: readFileSync(small), glue: readFileSync(join(work, `${name}.js`), "utf8") };
}

async function minified(glue) {
  const { transformSync } = await import(join(tools, "esbuild/lib/main.js")).then((module) => module.default);
  return Buffer.from(transformSync(glue, { minify: true, format: "esm", target: "es2022" }).code);
}

async function styles() {
  const { bundle } = await import(join(tools, "lightningcss/node/index.mjs"));
  return Buffer.from(bundle({ filename: leptos["style-file"], minify: true }).code);
}

/** Writes a file and, where that makes it smaller, its compressed copies. */
function writeServed(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  if (![".js", ".wasm", ".css", ".svg", ".txt", ".webmanifest", ".json"].includes(extname(path))) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  const copies = { ".br": brotliCompressSync(content, { params }), ".gz": gzipSync(content, { level: 9 }) };
  for (const [suffix, copy] of Object.entries(copies)) {
    if (copy.length < content.length) writeFileSync(path + suffix, copy);
    else rmSync(path + suffix, { force: true });
  }
}

const inputs = fingerprint();
const stamp = existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, "utf8")) : { inputs: "", files: [] };
if (stamp.inputs === inputs && existsSync(hashFile) && existsSync(join(site, "hash.txt")) && stamp.files.every((file) => existsSync(join(pkg, file)))) {
  process.exit(0);
}

const { work, wasm, glue } = optimisedWasm();
const parts = { js: await minified(glue), wasm, css: await styles() };
const files = [];
const hashes = [];
for (const [kind, content] of Object.entries(parts)) {
  const hash = nameHash(content);
  hashes.push(`${kind}: ${hash}\n`);
  files.push(`${name}.${hash}.${kind}`);
  writeServed(join(pkg, files.at(-1)), content);
}
if (existsSync(join(work, "snippets"))) cpSync(join(work, "snippets"), join(pkg, "snippets"), { recursive: true });
for (const path of filesIn(leptos["assets-dir"])) {
  writeServed(join(site, relative(leptos["assets-dir"], path)), readFileSync(path));
}
// The files of the build before stay, for pages that were opened before it; older ones go.
const kept = new Set([...files, ...stamp.files]);
for (const path of filesIn(pkg)) {
  const file = relative(pkg, path).replace(/\.(br|gz)$/, "");
  if (file.startsWith(`${name}.`) && !kept.has(file)) rmSync(path);
}
mkdirSync(dirname(hashFile), { recursive: true });
// Beside the program, as cargo-leptos has it, and in the site, for a program that was put elsewhere.
for (const path of [hashFile, join(site, "hash.txt")]) writeFileSync(path, hashes.join(""));
writeFileSync(stampFile, JSON.stringify({ inputs, files }));
for (const file of files) {
  const sizes = ["", ".br"].map((suffix) => statSync(join(pkg, file + suffix)).size.toLocaleString("en"));
  console.log(`  ${extname(file).slice(1).padEnd(4)} ${sizes[0].padStart(8)} bytes, ${sizes[1].padStart(7)} compressed`);
}
