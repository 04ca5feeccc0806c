// Breaks one promise after another and sees a test fail: `npm run mutants`. What is broken is put right again.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';

const CLIENT = 'client/src/';
const FAULTS = ['client', 'tests/faults.test.ts'];
const OUTBOX = ['client', 'tests/outbox.test.ts'];
const LISTS = ['client', 'tests/lists.test.ts'];
const CALM = ['client', 'tests/calm.test.ts'];
const PURE = ['client', 'tests/pure.test.ts'];
const ROOM = ['client', 'tests/room.test.ts'];
const PAGES = ['client', 'tests/pages.test.ts'];
const READS = ['client', 'tests/reads.test.ts'];
const LAST_SEEN = ['client', 'tests/lastSeen.test.ts'];
const AGO = ['app', 'tests/time.test.ts'];
const SESSION = ['client', 'tests/session.test.ts'];
const HISTORY = ['client', 'tests/history.test.ts'];
const EVERYONE = ['app', 'tests/everyone.test.ts'];
const ROWS = ['app', 'tests/rows.test.ts'];
const LAST_OWN = ['app', 'tests/lastOwn.test.ts'];
const MARKDOWN = ['app', 'tests/markdown.test.ts'];
const UNFRAMED = ['app', 'tests/unframed.test.ts'];
const WEAK = ['app', 'tests/weak.test.ts'];
const LEFT = ['app', 'tests/leftBehind.test.ts'];
const ALL_PAGES = ['app', 'tests/allPages.test.ts'];
const PLACES = ['app', 'tests/places.test.ts'];
const LINES = ['contracts', 'tests/lines.test.ts'];
const REFUSED = ['contracts', 'tests/refused.test.ts'];

const MUTANTS = [
  ['keep a hole after time without a connection', 'contracts/shared/lines.ts', '|| first.number > newest.number', '', LINES],
  ['take what came meanwhile for what was known', 'contracts/shared/lines.ts', 'before.lines.at(-1)];', 'now.lines.at(-1)];', LINES],
  ['have a page keep all messages', 'contracts/shared/lines.ts', 'all.slice(-MOST_LINES), hasOlder', 'all, hasOlder', LINES],
  ['hide that there is something older', 'contracts/shared/lines.ts', 'oldest.number < first.number ? before : begins', 'before', LINES],
  ['tell a code for words', 'contracts/shared/refused.ts', 'if (known) return known;', '', REFUSED],
  ['forget when a member who goes was there', `${CLIENT}state.ts`, '{ ...member, lastSeen }', 'member', LAST_SEEN],
  ['say minutes that are not over', 'app/src/lib/time.ts', '-Math.floor(past / length)', '-Math.ceil(past / length)', AGO],
  ['take an entry after a hole', 'client/src/cursor.ts', "entry.after <= cursor.seq ? 'take' : 'hole'", "'take'", FAULTS],
  ['take an old entry again', 'client/src/cursor.ts', 'entry.seq <= cursor.seq', 'entry.seq < cursor.seq', PURE],
  ['show a message twice', 'client/src/timeline.ts', 'if (timeline[at]?.seq === message.seq) return timeline;', '', PURE],
  [
    'give a retry another client id',
    `${CLIENT}client.ts`,
    'message, clientId, replyTo, mentions, mentionsRoom }, ',
    'message, clientId: randomId(), replyTo, mentions, mentionsRoom }, ',
    FAULTS,
  ],
  [
    'send the newest first',
    `${CLIENT}outbox.ts`,
    'this.#items.find((other) => other.roomId',
    'this.#items.findLast((other) => other.roomId',
    OUTBOX,
  ],
  ['pass over what mentions everybody', `${CLIENT}mentions.ts`, '(mentionsRoom || (', '(false || (', LISTS],
  ['let every member mention everybody', 'app/src/lib/everyone.ts', "role === 'owner' || role === 'moderator'", 'true', EVERYONE],
  ['keep nothing over a reload', `${CLIENT}outbox.ts`, '() => this.store.put(whole)', 'async () => undefined', OUTBOX],
  ['send what is new before what waited', `${CLIENT}outbox.ts`, 'await this.#keep(whole', 'void this.#keep(whole', OUTBOX],
  ['number what is new before what waited is known', `${CLIENT}outbox.ts`, 'if (!this.#isRead) await this.#turn;', '', OUTBOX],
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
  ['forget what the browser cannot keep', `${CLIENT}outbox.ts`, 'if (!item) settled();', 'settled();', OUTBOX],
  ['show a message as kept before it is', `${CLIENT}outbox.ts`, "this.#unkept.set(whole.clientId, 'soon');", '', OUTBOX],
  ['wait for a store that never answers', `${CLIENT}outbox.ts`, 'await inTime(told)', 'await told', OUTBOX],
  ['take what never was kept for gone', `${CLIENT}outbox.ts`, '(isUnkept ? this.store.put(item)', '(false ? this.store.put(item)', OUTBOX],
  ['forget a message that was refused', `${CLIENT}outbox.ts`, 'await this.#replace({ ...item, failed', 'void ({ ...item, failed', OUTBOX],
  [
    'ask for messages before it is known where the log goes on',
    `${CLIENT}room.ts`,
    'if (!this.cursor) return;\n    const paging',
    'const paging',
    ROOM,
  ],
  ['look for where the unread begin on one page', `${CLIENT}room.ts`, 'unread > 0 ? OPENING_PAGES : 1', '1', PAGES],
  ['look for where the unread begin on all pages', `${CLIENT}pages.ts`, 'pages.length < most && ', '', PAGES],
  ['leave a page as it was when it came', `${CLIENT}pages.ts`, 'merge(all, changed(page, changes))', 'merge(all, page.messages)', PAGES],
  ['give up a message that lies further back', `${CLIENT}room.ts`, 'most: REACH_PAGES', 'most: 1', PAGES],
  ['take what is gone for too far back', `${CLIENT}room.ts`, "? 'gone' : 'beyond'", "? 'beyond' : 'beyond'", PAGES],
  ['ask twice for the same page', `${CLIENT}room.ts`, 'if (this.state.get().loading) return this.#paging;', '', PAGES],
  ['keep a part of what is unread', `${CLIENT}room.ts`, 'const isEnough = this.#viewers > 0 ||', 'const isEnough = true ||', PAGES],
  [
    'take what a late list counts for all there is',
    `${CLIENT}unread.ts`,
    'arrival.seq > this.#head && arrival.seq > this.read',
    'false',
    LISTS,
  ],
  ['count what a list has counted', `${CLIENT}unread.ts`, 'arrival.seq > this.#head && arrival.seq > this.read', 'true', LISTS],
  ['draw each message by itself', `${CLIENT}calm.ts`, 'if (pause > 0) {', 'if (false) {', CALM],
  ['have what one does oneself wait', `${CLIENT}calm.ts`, 'this.#mayWait() ?', 'true ?', CALM],
  [
    'keep all messages of a room that one follows',
    `${CLIENT}room.ts`,
    'this.#viewers > 0 && !this.#isFollowed',
    'this.#viewers > 0',
    LISTS,
  ],
  ['count as unread what one sees', `${CLIENT}room.ts`, 'if (this.#isFollowed) this.#ownRead(frame.seq);', 'if (false) return;', LISTS],
  ['take an older list for the last one', `${CLIENT}unread.ts`, 'if (head < this.#head) return;', '', LISTS],
  [
    'have a late list count what was read meanwhile',
    `${CLIENT}unread.ts`,
    'const isBehind = read < this.read;',
    'const isBehind = false;',
    LISTS,
  ],
  ['keep each unread message', `${CLIENT}unread.ts`, 'if (this.#since.length <= UNREAD_KEPT) return;', 'return;', LISTS],
  ['ask the server what is unread for each deletion', `${CLIENT}unread.ts`, 'if (target > this.#head) {', 'if (false) {', LISTS],
  ['have a late list say what a room is', `${CLIENT}room.ts`, 'Math.max(this.cursor.seq, this.#pageHead) > head', 'false', LISTS],
  ['have a late list take one back in', `${CLIENT}room.ts`, "if (isOlder && before.membership === 'none') return;", '', LISTS],
  ['keep to oneself what was read without a server', `${CLIENT}room.ts`, 'if (room.read < this.#unread.read) this.#sayRead();', '', LISTS],
  ['take what was read for read in the next life of a room', `${CLIENT}room.ts`, 'this.#unread = new Unread(head);', '', LISTS],
  [
    'take a room for gone that was joined meanwhile',
    `${CLIENT}client.ts`,
    'for (const room of before) {',
    'for (const room of this.#rooms.values()) {',
    FAULTS,
  ],
  ['forget who has read meanwhile', `${CLIENT}reads.ts`, 'if (before[userId] !== seq) ', 'if (userId === "") ', READS],
  ['show who hides now how far they have read', `${CLIENT}reads.ts`, 'if (before[userId] !== seq) ', '', READS],
  ['say that whoever has read less has seen it', `${CLIENT}reads.ts`, '>= seq);', '>= seq - 1);', READS],
  ['ask once and for all who has read', `${CLIENT}room.ts`, 'if (this.#viewers === 0) this.#readsAsked = false;', '', READS],
  ['keep what was seen before a block', `${CLIENT}room.ts`, 'this.state.set({ reads: {} });', 'return;', READS],
  ['keep what was read of every room', `${CLIENT}history.ts`, 'if (count <= KEPT_ROOMS) return;', 'return;', HISTORY],
  ['keep any number of bytes', `${CLIENT}history.ts`, 'if (bytes > KEPT_BYTES) break;', '', HISTORY],
  ['keep what others had read', `${CLIENT}history.ts`, 'if (userId !== exceptUserId)', 'if (userId === exceptUserId)', HISTORY],
  ['keep what was deleted meanwhile', `${CLIENT}client.ts`, 'void this.archive.refresh(this.#rooms);', '', HISTORY],
  [
    'keep what is deleted in a room that nobody looks at',
    `${CLIENT}room.ts`,
    'this.host.archive.changed(this.roomId, frame);',
    '',
    HISTORY,
  ],
  ['keep what was said in a room that one has left', `${CLIENT}room.ts`, 'this.host.archive.drop(this.roomId);', '', HISTORY],
  ['leave what was read at logout', `${CLIENT}client.ts`, 'this.archive.forget();', '', HISTORY],
  ['show what was kept beside what is there', `${CLIENT}room.ts`, 'merge(kept ? [] :', 'merge(false ? [] :', HISTORY],
  ['refresh in each tab', `${CLIENT}session.ts`, 'if (!current || isRenewed) return', 'if (!current) return', SESSION],
  ['use a token until it has expired', `${CLIENT}session.ts`, '> REFRESH_BEFORE / 2', '> -1e9', SESSION],
  ['come back after a logout', `${CLIENT}connection.ts`, "if (code === 4003) return this.session.end('revoked');", '', SESSION],
  ['leave a guest outside', `${CLIENT}client.ts`, "isGuest && code === 'not-a-member'", 'false', SESSION],
  ['come back all at the same time', `${CLIENT}backoff.ts`, 'this.random() * bound', 'bound', PURE],
  ['show what waits beside what was sent', 'app/src/features/room/rows.ts', 'if (messages.findLast(', 'if ([].findLast(', ROWS],
  ['edit an older message than the last', 'app/src/features/room/lastOwn.ts', 'if (item) return', 'if (item?.failed) return', LAST_OWN],
  ['draw each row anew', 'app/src/features/room/rows.ts', 'rows[Number(first)] ??=', 'rows[Number(first)] =', ROWS],
  ['show a day above which there may be more of it', 'app/src/features/room/rows.ts', '(before || !more)', 'true', ROWS],
  [
    'show where the new ones begin before it is known',
    'app/src/features/room/rows.ts',
    'let isMarked = beginsAbove(',
    'let isMarked = false && beginsAbove(',
    ROWS,
  ],
  ['mark as new what came while one was there', 'app/src/features/room/rows.ts', 'message.seq <= news.last', 'true', ROWS],
  [
    'have a long run of one person without a head',
    'app/src/features/room/rows.ts',
    'part(before.seq, STRETCH) !==',
    'false && part(before.seq, STRETCH) !==',
    ROWS,
  ],
  [
    'have no head where a part of an hour begins',
    'app/src/features/room/rows.ts',
    'part(before.time, SLOT) !==',
    'false && part(before.time, SLOT) !==',
    ROWS,
  ],
  ['send code without what its first line begins with', 'app/src/features/room/unframed.ts', "whole.includes('\\n')", 'false', UNFRAMED],
  ['know fences with nothing before them alone', 'app/src/lib/markdown.ts', 'FENCE = /^ {0,3}', 'FENCE = /^', MARKDOWN],
  ['take a row of letters for a good password', 'app/src/ui/weak.ts', '|| isRow(letters)', '', WEAK],
  ['take a name for a good password', 'app/src/ui/weak.ts', "return 'name'", 'return undefined', WEAK],
  ['leave guests behind without a word', 'app/src/features/room/leftBehind.ts', '!member.guest', 'true', LEFT],
  ['take an owner who may be further down for none', 'app/src/features/room/leftBehind.ts', '!isAll || ', '', LEFT],
  ['ask for a page that is empty', 'app/src/lib/allPages.ts', 'next.length < PAGE', 'next.length === 0', ALL_PAGES],
  ['come back to a place above the message', 'app/src/features/room/places.ts', 'at === index ?', 'true ?', PLACES],
  ['mention the shorter name', 'app/src/lib/markdown.ts', 'name.length > best.length ? name : best', 'best || name', MARKDOWN],
];

/** How long tests may take, in milliseconds: a mutant may loop. */
const PATIENCE = 180_000;

/** Whether a program ends well in time. If it does not, all processes that it has started end with it. */
async function run(program, words) {
  // A process group of its own: the children of a program are not ended with it otherwise.
  const child = spawn(program, words, { stdio: 'ignore', detached: true });
  const end = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // All of them have ended.
    }
  };
  const timer = setTimeout(end, PATIENCE);
  process.once('exit', end);
  const [status] = await once(child, 'exit');
  clearTimeout(timer);
  process.off('exit', end);
  end();
  return status === 0;
}

// `npm run mutants outbox` breaks only what is in files of that name.
const wanted = process.argv[2] ?? '';
const survivors = [];
// What is broken is put right again, and what was started ends, when this is interrupted, too.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
for (const [name, file, find, replace, [workspace, test]] of MUTANTS.filter(([, file]) => file.includes(wanted))) {
  const whole = readFileSync(file, 'utf8');
  if (!whole.includes(find)) throw new Error(`${name}: ${file} has no ${find}`);
  const restore = () => writeFileSync(file, whole);
  process.once('exit', restore);
  try {
    writeFileSync(
      file,
      whole.replace(find, () => replace),
    );
    const passes = await run('npx', ['vitest', 'run', '--root', workspace, test, '--bail', '1']);
    if (passes) survivors.push(name);
    console.log(`${passes ? 'NOT CAUGHT' : 'caught    '} ${name}`);
  } finally {
    process.off('exit', restore);
    restore();
  }
}
if (survivors.length) process.exit(1);
