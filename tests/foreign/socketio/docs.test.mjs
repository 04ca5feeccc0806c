/* The examples of docs/socketio.md, as they stand there. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Server } from "./harness.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const docs = readFileSync(join(here, "../../../docs/socketio.md"), "utf8");

let server;
let folder;
before(async () => {
  server = await Server.start("invite-rooms");
  // Beside the packages that the examples import.
  folder = mkdtempSync(join(here, "node_modules/docs-"));
});
after(async () => {
  rmSync(folder, { recursive: true });
  await server.stop();
});

async function run(language, program, file) {
  const blocks = [...docs.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))];
  assert.equal(blocks.length, 1, `one example in ${language}`);
  const path = join(folder, file);
  writeFileSync(path, blocks[0][1].replace("http://127.0.0.1:3000", server.url));
  const { stdout } = await promisify(execFile)(program, [path], { timeout: 30_000 });
  return stdout.trim();
}

test("in Node", async () => assert.equal(await run("js", process.execPath, "example.mjs"), "Ann: Hello!"));
test("in Python", async () => assert.equal(await run("python", "python", "example.py"), "Bob: Hello!"));
