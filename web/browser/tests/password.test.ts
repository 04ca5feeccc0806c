// Whoever has forgotten their password: from the page over a mail to the page.

import { createServer, type Server, type Socket } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { complaints, launch, newContext, PASSWORD, register, violations } from './browser.ts';

/** Takes mails, as far as the server needs it. */
class Mails {
  readonly #server: Server;
  #mail = '';

  private constructor() {
    this.#server = createServer((socket) => this.#talk(socket));
  }

  static async start(): Promise<Mails> {
    const mails = new Mails();
    await new Promise<void>((done) => mails.#server.listen(0, '127.0.0.1', done));
    return mails;
  }

  /** What has come; quoted-printable breaks long lines. */
  get text(): string {
    return this.#mail.replaceAll('=\n', '');
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  end(): void {
    this.#server.close();
  }

  #talk(socket: Socket): void {
    let isMail = false;
    let rest = '';
    socket.write('220 mail\r\n');
    socket.on('data', (bytes) => {
      const lines = (rest + bytes).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (isMail) {
          this.#mail += `${line}\n`;
          isMail = line !== '.';
          if (!isMail) socket.write('250 taken\r\n');
        } else {
          isMail = line === 'DATA';
          socket.write(isMail ? '354 go on\r\n' : line === 'QUIT' ? '221 bye\r\n' : '250 fine\r\n');
        }
      }
    });
    socket.on('error', () => undefined);
  }
}

const NEW = 'another horse battery';

let mails: Mails;
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  mails = await Mails.start();
  const smtp = ['--smtp', `smtp://127.0.0.1:${mails.port}`, '--mail-from', 'chat@example.org'];
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', ...smtp), launch()]);
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  mails.end();
  expect(complaints).toEqual([]);
});

test('whoever has forgotten their password sets a new one by a mail', async () => {
  const ann = await (await newContext(browser, { reducedMotion: 'reduce' })).newPage();
  await register(ann, server.url, 'ann');
  await ann.goto(`${server.url}/settings`);
  await ann.getByLabel('Email').fill('ann@example.org');
  await ann.getByRole('button', { name: 'Save', exact: true }).first().click();
  await ann.getByLabel('Current password').first().fill(PASSWORD);
  await ann.getByRole('button', { name: 'Save', exact: true }).first().click();
  await ann.getByText('Saved', { exact: false }).first().waitFor();

  const other = await (await newContext(browser, { reducedMotion: 'reduce' })).newPage();
  await other.goto(`${server.url}/login`);
  await other.getByRole('link', { name: 'Forgot your password?' }).waitFor();
  expect(await violations(other), 'logging in').toEqual([]);
  await other.getByRole('link', { name: 'Forgot your password?' }).click();
  await other.getByLabel('Email').fill('ann@example.org');
  await other.getByRole('button', { name: 'Mail me a link' }).click();
  await other.getByText('If there is an account with this address').waitFor();
  expect(await violations(other), 'asking for a link').toEqual([]);
  await expect.poll(() => mails.text, { timeout: 30_000 }).toContain('/reset-password#');
  const link = /http\S+\/reset-password#\S+/.exec(mails.text)?.[0] ?? '';
  expect(link.startsWith(`${server.url}/`)).toBe(true);

  await other.goto(link);
  await other.getByLabel('New password').fill(NEW);
  expect(await violations(other), 'a new password').toEqual([]);
  await other.getByRole('button', { name: 'Set the password' }).click();
  await other.getByText('Your new password is set').waitFor();
  expect(await violations(other), 'a password that is set').toEqual([]);
  await ann.getByText('You were logged out, here or from another device.').waitFor();
  await other.getByRole('link', { name: 'Log in' }).click();
  await other.getByLabel('Username').fill('ann');
  await other.getByLabel('Password').fill(NEW);
  await other.getByRole('button', { name: 'Log in' }).click();
  await other.getByRole('button', { name: 'New room' }).waitFor();
  await ann.goto(link);
  await ann.getByLabel('New password').fill(NEW);
  await ann.getByRole('button', { name: 'Set the password' }).click();
  await ann.getByText('This link was used, or has expired.').waitFor();
});

test('what one types before the server has said who one is stays', async () => {
  const eve = await (await newContext(browser)).newPage();
  await register(eve, server.url, 'eve');
  let answer = (): void => undefined;
  const asked = new Promise<void>((done) => {
    answer = done;
  });
  await eve.route('**/api/me', async (route) => {
    await asked;
    await route.continue();
  });
  await eve.goto(`${server.url}/settings`);
  expect(await eve.getByLabel('Username').inputValue()).toBe('eve');
  await eve.getByLabel('Username').fill('Eva');
  await eve.getByLabel('Email').fill('eve@example.org');
  expect(await eve.getByRole('button', { name: 'Save', exact: true }).first().isDisabled()).toBe(true);
  answer();
  await expect.poll(() => eve.getByRole('button', { name: 'Save', exact: true }).first().isDisabled()).toBe(false);
  expect(await eve.getByLabel('Username').inputValue()).toBe('Eva');
  expect(await eve.getByLabel('Email').inputValue()).toBe('eve@example.org');
});

test('in German, and with a link that is not whole', async () => {
  const eva = await (await newContext(browser, { locale: 'de-DE' })).newPage();
  await eva.goto(`${server.url}/login`);
  await eva.getByRole('link', { name: 'Passwort vergessen?' }).click();
  await eva.getByLabel('E-Mail').fill('nobody@example.org');
  await eva.getByRole('button', { name: 'Link schicken' }).click();
  await eva.getByText('Wenn es ein Konto mit dieser Adresse gibt').waitFor();
  await eva.goto(`${server.url}/reset-password`);
  await eva.getByText('Kopiere ihn noch einmal von dort, wo du ihn bekommen hast.').waitFor();
  await eva.goto(`${server.url}/first-run`);
  await eva.getByText('Kopiere ihn noch einmal von dort').waitFor();
});

test('a server that mails nothing offers nothing of it', async () => {
  const plain = await TestServer.start('--limits', 'off');
  const page = await (await newContext(browser)).newPage();
  const told = page.waitForResponse((answer) => answer.url().endsWith('/api/auth'));
  await page.goto(`${plain.url}/login`);
  expect(await (await told).json()).toEqual({ passwordResets: false });
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  expect(await page.getByRole('link', { name: 'Forgot your password?' }).count()).toBe(0);
  await plain.remove();
});
