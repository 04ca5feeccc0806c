import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const SOURCES = new URL('../src/', import.meta.url).pathname;

/** What each folder may import from; a feature, from itself besides. */
const MAY: Record<string, string[]> = {
  features: ['ui', 'lib', 'text'],
  ui: ['ui', 'text'],
  lib: ['lib', 'text', 'ui/Icon.tsx'],
  text: ['text'],
};

/** The imports that go where they may not. */
function wrong(path: string, text: string): string[] {
  const folder = path.split('/')[0] as string;
  const feature = folder === 'features' ? path.split('/').slice(0, 2).join('/') : undefined;
  const may = MAY[folder];
  if (!may) return [];
  const imports = [...text.matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map((match) => normalize(join(path, '..', match[1] as string)));
  const allowed = feature ? [...may, feature] : may;
  return imports.filter((to) => !allowed.some((start) => to === start || to.startsWith(`${start}/`))).map((to) => `${path} -> ${to}`);
}

test('no feature imports another, and nothing imports what lies above it', () => {
  const paths = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((path) => /\.tsx?$/.test(path));
  expect(paths.length).toBeGreaterThan(50);
  expect(paths.flatMap((path) => wrong(path, readFileSync(join(SOURCES, path), 'utf8')))).toEqual([]);
});

test('an import across features is found', () => {
  expect(wrong('features/room/A.tsx', "import { B } from '../people/B.tsx';")).toEqual(['features/room/A.tsx -> features/people/B.tsx']);
  expect(wrong('ui/A.tsx', "const b = import('../shell/B.tsx');")).toEqual(['ui/A.tsx -> shell/B.tsx']);
  expect(wrong('features/room/A.tsx', "import { B } from './B.tsx';\nimport { c } from '../../lib/c.ts';")).toEqual([]);
});
