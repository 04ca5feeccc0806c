// Whoever has an account elsewhere: from the page to a provider of OpenID Connect, and back to the page.

import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../client/tests/server.ts';
import { complaints, launch, newContext, violations } from './browser.ts';

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A provider at which everybody is Ann, and nobody is asked anything. */
class Provider {
  readonly #server: Server;
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  /** What came with each code. */
  readonly #asked = new Map<string, URLSearchParams>();
  /** Whether users say no. */
  isRefused = false;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<Provider> {
    const provider = new Provider();
    await new Promise<void>((done) => provider.#server.listen(0, '127.0.0.1', done));
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  async end(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer);
    if (url.pathname === '/authorize') {
      const code = `code-${this.#asked.size}`;
      this.#asked.set(code, url.searchParams);
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      back.search = String(new URLSearchParams(this.isRefused ? { error: 'access_denied' } : { code }));
      back.searchParams.set('state', url.searchParams.get('state') ?? '');
      response.writeHead(302, { location: back.href }).end();
      return;
    }
    let body = '';
    for await (const chunk of request) body += chunk;
    const said = this.#said(url.pathname, new URLSearchParams(body));
    response.writeHead(said ? 200 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(said ?? { error: 'invalid_grant' }));
  }

  #said(path: string, asked: URLSearchParams): object | undefined {
    if (path === '/.well-known/openid-configuration')
      return {
        issuer: this.issuer,
        authorization_endpoint: `${this.issuer}/authorize`,
        token_endpoint: `${this.issuer}/token`,
        jwks_uri: `${this.issuer}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      };
    if (path === '/keys') return { keys: [{ ...createPublicKey(this.#keys.privateKey).export({ format: 'jwk' }), kid: 'k1', use: 'sig' }] };
    const began = this.#asked.get(asked.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(asked.get('code_verifier') ?? '')
      .digest('base64url');
    if (path !== '/token' || began?.get('code_challenge') !== challenge) return undefined;
    this.#asked.set(asked.get('code') ?? '', new URLSearchParams());
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: this.issuer,
      aud: 'chat',
      sub: '1',
      nonce: began.get('nonce'),
      iat: now,
      exp: now + 60,
      preferred_username: 'Ann',
    };
    const signed = `${encode({ alg: 'RS256', kid: 'k1' })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), this.#keys.privateKey).toString('base64url');
    return { access_token: 'a', token_type: 'Bearer', id_token: `${signed}.${signature}` };
  }
}

/** What a browser of somebody else is sent on with, who has signed in at the provider. */
async function fromThere(): Promise<{ location: string }> {
  const begun = await fetch(`${server.url}/api/auth/oidc?return=/signed-in`, { redirect: 'manual' });
  const there = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' });
  const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? '';
  const back = await fetch(there.headers.get('location') ?? '', { redirect: 'manual', headers: { cookie } });
  const location = back.headers.get('location') ?? '';
  expect(location).toMatch(/^\/signed-in#sign-in=.{86}$/);
  return { location };
}

let provider: Provider;
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  provider = await Provider.start();
  const options = ['--oidc-issuer', provider.issuer, '--oidc-client-id', 'chat', '--oidc-name', 'the office'];
  [server, browser] = await Promise.all([TestServer.start('--limits', 'off', ...options), launch()]);
});
afterAll(async () => {
  await browser.close();
  await server.remove();
  await provider.end();
  expect(complaints).toEqual([]);
});

test('whoever has an account elsewhere comes in, sets a password, and comes back to where they were', async () => {
  const ann = await (await newContext(browser, { reducedMotion: 'reduce' })).newPage();
  await ann.goto(`${server.url}/login`);
  await ann.getByRole('link', { name: 'Continue with the office' }).waitFor();
  expect(await violations(ann), 'logging in').toEqual([]);
  await ann.getByRole('link', { name: 'Continue with the office' }).click();
  await ann.getByRole('button', { name: 'New room' }).waitFor();
  expect(ann.url()).toBe(`${server.url}/`);

  await ann.goto(`${server.url}/settings`);
  await ann.getByText('You sign in elsewhere and have no password here.').waitFor();
  expect(await ann.getByLabel('Current password').count()).toBe(0);
  expect(await violations(ann), 'settings without a password').toEqual([]);
  await ann.getByLabel('New password').fill('correct horse battery');
  await ann.getByRole('button', { name: 'Set a password' }).click();
  await ann.getByLabel('Current password').first().waitFor();

  await ann.getByRole('button', { name: 'Log out', exact: true }).click();
  await ann.goto(`${server.url}/room/welcome`);
  await ann.getByRole('tab', { name: 'Log in' }).click();
  await ann.getByRole('link', { name: 'Continue with the office' }).click();
  await ann.getByRole('button', { name: 'New room' }).waitFor();
  expect(new URL(ann.url()).pathname).toBe('/room/welcome');
  expect(await ann.evaluate(() => JSON.parse(localStorage.getItem('chat-credentials') ?? '{}').username)).toBe('Ann');
});

test('whoever is refused there is told so here, in German, too', async () => {
  const eva = await (await newContext(browser, { locale: 'de-DE', reducedMotion: 'reduce' })).newPage();
  provider.isRefused = true;
  await eva.goto(`${server.url}/register`);
  await eva.getByRole('link', { name: 'Weiter mit the office' }).click();
  await eva.getByText('Die Anmeldung wurde nicht beendet').waitFor();
  expect(await violations(eva), 'not signed in').toEqual([]);
  expect(new URL(eva.url()).hash).toBe('');
  provider.isRefused = false;
  await eva.goto(`${server.url}/signed-in#sign-in=of-no-use`);
  await eva.getByText('Du bist nicht angemeldet').waitFor();
  // A link with what somebody else has brought from there makes nobody be here as them.
  const { location } = await fromThere();
  await eva.goto(`${server.url}${location}`);
  await eva.getByText('Du bist nicht angemeldet').waitFor();
  expect(await eva.evaluate(() => localStorage.getItem('chat-credentials'))).toBe(null);
  await eva.goto(`${server.url}/signed-in`);
  await eva.getByRole('tab', { name: 'Anmelden' }).waitFor();
});

test('a provider that is away is told, and nobody else is kept out', async () => {
  const away = await TestServer.start('--limits', 'off', '--oidc-issuer', 'http://127.0.0.1:1', '--oidc-client-id', 'chat');
  const page = await (await newContext(browser)).newPage();
  await page.goto(`${away.url}/login`);
  await page.getByRole('link', { name: 'Continue with 127.0.0.1' }).click();
  await page.getByText('The place where you sign in cannot be reached right now.').waitFor();
  await page.getByRole('link', { name: 'Back to logging in' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  await away.remove();
});
