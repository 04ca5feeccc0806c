// What the table of emoji is made of, a module for each language of the page: `virtual:emoji/en`. It is taken from the package
// emojibase-data while the page is built, as all that is in there would be ten times as much, and the page asks no foreign host.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';
import { fold } from './src/features/room/emojiSearch.ts';

/** Common fonts have what is not newer than this. */
const NEWEST = 15;

const LANGUAGES = ['en', 'de'] as const;
const NAME = /^virtual:emoji\/(.+)$/;

/** An emoji as the package has it. */
export interface Entry {
  emoji: string;
  hexcode: string;
  label: string;
  tags?: string[];
  order?: number;
  /** What is no emoji by itself has none, as the letters of which flags are made. */
  group?: number;
  version: number;
  /** The same in each skin tone. */
  skins?: { emoji: string; version: number; tone: number | number[] }[];
}

interface Messages {
  groups: { key: string; message: string; order: number }[];
}

const { resolve } = createRequire(import.meta.url);
const read = <T>(file: string): T => JSON.parse(readFileSync(resolve(`emojibase-data/${file}.json`), 'utf8')) as T;

/** What an emoji is called between colons in many chats, by its code. */
type Shortcodes = Record<string, string | string[] | undefined>;

/** These are English. Other languages take only those without letters, such as "+1". */
function namesOf(language: string, { hexcode, label }: Entry, shortcodes: Shortcodes): string[] {
  const names = [shortcodes[hexcode] ?? []].flat().map((name) => fold(name.replaceAll('_', ' ')).join(' '));
  return names.filter((name) => name !== fold(label).join(' ') && (language === 'en' || !/\p{L}/u.test(name)));
}

/**
 * The emoji of each group in their order: a text with the group's title in the first line, and an emoji in each other, with its label, its
 * words, its other names, and a 1 if it has skin tones.
 */
export function tableOf(language: string, entries = read<Entry[]>(`${language}/data`)): string[] {
  const shortcodes = read<Shortcodes>('en/shortcodes/github');
  const { groups } = read<Messages>(`${language}/messages`);
  return groups
    .filter(({ key }) => key !== 'component')
    .map(({ message, order }) => {
      const members = entries.filter(({ group, version }) => group === order && version <= NEWEST);
      const lines = members
        .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
        .map((entry) => lineOf(entry, namesOf(language, entry, shortcodes)));
      return [message.charAt(0).toUpperCase() + message.slice(1), ...lines].join('\n');
    });
}

/** As the server spells it: the package has a selector also behind what is in colour without one. */
const spelled = (emoji: string): string => emoji.replace(/(\p{Emoji_Presentation})\u{fe0f}/gu, '$1');

function lineOf({ emoji, label, tags = [], skins = [] }: Entry, names: string[]): string {
  const named = fold(label);
  const words = new Set([...tags, ...names].flatMap(fold).filter((word) => !named.includes(word)));
  const hasTones = skins.some(({ version }) => version <= NEWEST);
  return [spelled(emoji), label, [...words].join(' '), names.join(','), hasTones ? '1' : ''].join('\t').trimEnd();
}

export function emojiData(): Plugin {
  return {
    name: 'emoji-data',
    resolveId: (id) => (NAME.test(id) ? `\0${id}` : undefined),
    load(id) {
      const language = LANGUAGES.find((each) => id === `\0virtual:emoji/${each}`);
      return language && `export default ${JSON.stringify(tableOf(language))};`;
    },
  };
}
