import { expect, test, vi } from 'vitest';
import { back, backTo, begin, wanted, wasBegun } from '../src/lib/signIn.ts';

test.each([
  ['#sign-in=abc_-1', { token: 'abc_-1' }],
  ['#sign-in-error=suspended', { error: 'suspended' }],
  ['#sign-in=', undefined],
  ['#other=1', undefined],
  ['', undefined],
])('%j is what a browser comes back with', (hash, expected) => expect(back(hash)).toEqual(expected));

test.each([
  ['?to=%2Froom%2Fx%3Fa%3Db', '/room/x?a=b'],
  ['?to=/', '/'],
  ['', '/'],
  ['?to=', '/'],
  ['?to=//evil.example', '/'],
  ['?to=/%5Cevil.example', '/'],
  ['?to=https://evil.example', '/'],
  ['?to=javascript:alert(1)', '/'],
])('%j leads to a place of the page', (search, expected) => expect(wanted(search)).toBe(expected));

const NOW = Date.UTC(2026, 10, 29);

test('what somebody else has brought from the provider is not taken', () => {
  const texts = new Map<string, string>();
  vi.stubGlobal('localStorage', { getItem: (key: string) => texts.get(key) ?? null, setItem: texts.set.bind(texts) });
  expect(wasBegun(NOW)).toBe(false);
  begin(NOW);
  expect(wasBegun(NOW)).toBe(true);
  expect(wasBegun(NOW)).toBe(false);
  begin(NOW);
  expect(wasBegun(NOW + 10 * 60 * 1000)).toBe(false);
  begin(NOW + 1);
  expect(wasBegun(NOW)).toBe(false);
  vi.unstubAllGlobals();
});

test('where one wanted to go is in the address to which one comes back', () => {
  const address = new URL(backTo('/room/a b?c=d&e#f'), 'https://chat.example');
  expect(wanted(address.search)).toBe('/room/a b?c=d&e#f');
  expect(address.hash).toBe('');
  expect(backTo('/room/ä#x')).toMatch(/^[!-~]+$/);
});
