// Breaks one promise after another and sees a test fail: `npm run mutants`. What is broken is put right again.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const CLIENT = 'client/src/';
const FAULTS = ['client', 'tests/faults.test.ts'];
const PURE = ['client', 'tests/pure.test.ts'];
const SESSION = ['client', 'tests/session.test.ts'];
const ROWS = ['app', 'tests/rows.test.ts'];
const MARKDOWN = ['app', 'tests/markdown.test.ts'];

const MUTANTS = [
  ['take an entry after a hole', 'client/src/cursor.ts', "entry.after <= cursor.seq ? 'take' : 'hole'", "'take'", FAULTS],
  ['take an old entry again', 'client/src/cursor.ts', 'entry.seq <= cursor.seq', 'entry.seq < cursor.seq', PURE],
  ['show a message twice', 'client/src/timeline.ts', 'if (timeline[at]?.seq === message.seq) return timeline;', '', PURE],
  [
    'give a retry another client id',
    `${CLIENT}client.ts`,
    'message, clientId, replyTo, mentions }, ',
    'message, clientId: randomId(), replyTo, mentions }, ',
    FAULTS,
  ],
  [
    'send the newest first',
    `${CLIENT}outbox.ts`,
    'this.#items.find((other) => other.roomId',
    'this.#items.findLast((other) => other.roomId',
    FAULTS,
  ],
  ['keep nothing over a reload', `${CLIENT}outbox.ts`, 'await this.store.put(whole);', '', FAULTS],
  ['take over nothing', `${CLIENT}outbox.ts`, 'if (left.length === 0 ||', 'if (left.length >= 0 ||', FAULTS],
  ['forget a message that was refused', `${CLIENT}outbox.ts`, 'other.clientId === item.clientId ? failed : other', 'other', FAULTS],
  ['refresh in each tab', `${CLIENT}session.ts`, 'if (!current || isRenewed) return', 'if (!current) return', SESSION],
  ['use a token until it has expired', `${CLIENT}session.ts`, '> REFRESH_BEFORE / 2', '> -1e9', SESSION],
  ['come back after a logout', `${CLIENT}connection.ts`, "if (code === 4003) return this.session.end('revoked');", '', SESSION],
  ['leave a guest outside', `${CLIENT}client.ts`, "isGuest && code === 'not-a-member'", 'false', SESSION],
  ['come back all at the same time', `${CLIENT}backoff.ts`, 'this.random() * bound', 'bound', PURE],
  ['show what waits beside what was sent', 'app/src/features/room/rows.ts', 'if (messages.some(', 'if ([].some(', ROWS],
  ['mark as new what came while one was there', 'app/src/features/room/rows.ts', 'message.seq <= news.last', 'true', ROWS],
  ['mention the shorter name', 'app/src/lib/markdown.ts', 'name.length > best.length ? name : best', 'best || name', MARKDOWN],
];

const survivors = [];
for (const [name, file, find, replace, [workspace, test]] of MUTANTS) {
  const whole = readFileSync(file, 'utf8');
  if (!whole.includes(find)) throw new Error(`${name}: ${file} has no ${find}`);
  try {
    writeFileSync(
      file,
      whole.replace(find, () => replace),
    );
    const { status } = spawnSync('npx', ['vitest', 'run', '--root', workspace, test, '--bail', '1'], { stdio: 'ignore', timeout: 180_000 });
    if (status === 0) survivors.push(name);
    console.log(`${status === 0 ? 'NOT CAUGHT' : 'caught    '} ${name}`);
  } finally {
    writeFileSync(file, whole);
  }
}
if (survivors.length) process.exit(1);
