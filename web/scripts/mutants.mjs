// Breaks one promise after another and sees a test fail: `npm run mutants`. What is broken is put right again.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const CLIENT = 'client/src/';
const FAULTS = ['client', 'tests/faults.test.ts'];
const OUTBOX = ['client', 'tests/outbox.test.ts'];
const PURE = ['client', 'tests/pure.test.ts'];
const ROOM = ['client', 'tests/room.test.ts'];
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
    OUTBOX,
  ],
  ['keep nothing over a reload', `${CLIENT}outbox.ts`, '() => this.store.put(whole)', 'async () => undefined', OUTBOX],
  ['send what is new before what waited', `${CLIENT}outbox.ts`, 'await this.#keep(whole', 'void this.#keep(whole', OUTBOX],
  ['leave what a tab wrote that is gone', `${CLIENT}outbox.ts`, '< this.#looks);', '< 0);', OUTBOX],
  ['send at once what another tab wrote', `${CLIENT}outbox.ts`, '< this.#looks);', '< 1e9);', OUTBOX],
  ['have the store put back what is gone', `${CLIENT}outbox.ts`, 'request.result !== undefined && items.put', 'items.put', OUTBOX],
  [
    'put back what was thrown away',
    `${CLIENT}outbox.ts`,
    'if (!this.#items.some((other) => other.clientId === item.clientId)) return;',
    '',
    OUTBOX,
  ],
  ['tell no other tab', `${CLIENT}outbox.ts`, "channel.postMessage('changed')", 'void channel', OUTBOX],
  ['forget what the browser cannot keep', `${CLIENT}outbox.ts`, '(isKept || !item)', '(true)', OUTBOX],
  ['forget a message that was refused', `${CLIENT}outbox.ts`, 'await this.#replace({ ...item, failed', 'void ({ ...item, failed', OUTBOX],
  [
    'ask for the other one of a new direct room once, whatever comes first',
    `${CLIENT}client.ts`,
    'void room.findPeer();',
    'if (isNew) void room.findPeer();',
    FAULTS,
  ],
  ['ask for messages before it is known where the log goes on', `${CLIENT}room.ts`, '.loading || !this.cursor)', '.loading)', ROOM],
  [
    'take a room for gone that was joined meanwhile',
    `${CLIENT}client.ts`,
    'for (const room of before) {',
    'for (const room of this.#rooms.values()) {',
    FAULTS,
  ],
  ['refresh in each tab', `${CLIENT}session.ts`, 'if (!current || isRenewed) return', 'if (!current) return', SESSION],
  ['use a token until it has expired', `${CLIENT}session.ts`, '> REFRESH_BEFORE / 2', '> -1e9', SESSION],
  ['come back after a logout', `${CLIENT}connection.ts`, "if (code === 4003) return this.session.end('revoked');", '', SESSION],
  ['leave a guest outside', `${CLIENT}client.ts`, "isGuest && code === 'not-a-member'", 'false', SESSION],
  ['come back all at the same time', `${CLIENT}backoff.ts`, 'this.random() * bound', 'bound', PURE],
  ['show what waits beside what was sent', 'app/src/features/room/rows.ts', 'if (messages.findLast(', 'if ([].findLast(', ROWS],
  ['draw each row anew', 'app/src/features/room/rows.ts', 'rows[Number(first)] ??=', 'rows[Number(first)] =', ROWS],
  ['mark as new what came while one was there', 'app/src/features/room/rows.ts', 'message.seq <= news.last', 'true', ROWS],
  ['mention the shorter name', 'app/src/lib/markdown.ts', 'name.length > best.length ? name : best', 'best || name', MARKDOWN],
];

// `npm run mutants outbox` breaks only what is in files of that name.
const wanted = process.argv[2] ?? '';
const survivors = [];
for (const [name, file, find, replace, [workspace, test]] of MUTANTS.filter(([, file]) => file.includes(wanted))) {
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
