// Makes the types of the wire from its JSON Schemas: `npm run generate`. A test compares what is committed with it.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SCHEMAS = new URL('../../../docs/wire/', import.meta.url);
const TYPES = new URL('../src/wire/', import.meta.url);

export const SIDES = ['client', 'server'];

/** The text of the module of one side's frames. */
export function generate(side) {
  const schema = JSON.parse(readFileSync(new URL(`${side}-frame.schema.json`, SCHEMAS), 'utf8'));
  const frames = schema.oneOf.map(({ $ref }) => nameOf($ref));
  const types = Object.entries(schema.$defs).map(([name, definition]) => declaration(pascal(name), definition));
  const head = `// Made from docs/wire/${side}-frame.schema.json by \`npm run generate\`. Do not edit.\n`;
  const union = `/** ${firstLine(schema.description)} */\nexport type Frame =\n${frames.map((name) => `  | ${name}`).join('\n')};\n`;
  return [head, ...types, union].join('\n');
}

export const pathOf = (side) => new URL(`${side}.ts`, TYPES);

const pascal = (name) => name.replace(/(^|-)([a-zA-Z])/g, (_, _dash, letter) => letter.toUpperCase());
const nameOf = ($ref) => pascal($ref.split('/').at(-1));
const firstLine = (text = '') => text.split('\n')[0].replaceAll('*/', '* /');
const comment = (text, indent = '') => (text ? `${indent}/** ${firstLine(text)} */\n` : '');

function declaration(name, schema) {
  const doc = comment(schema.description);
  return schema.properties
    ? `${doc}export interface ${name} ${members(schema, '')}\n`
    : `${doc}export type ${name} = ${type(schema, '')};\n`;
}

function members(schema, indent) {
  const required = new Set(schema.required);
  const lines = Object.entries(schema.properties).map(([name, property]) => {
    const optional = required.has(name) ? '' : '?';
    return `${comment(property.description, `${indent}  `)}${indent}  ${name}${optional}: ${type(property, `${indent}  `)};`;
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

// A field that may be null may as well be left out, which is how it is written here.
function type(schema, indent) {
  if (schema.$ref) return nameOf(schema.$ref);
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum)
    return schema.enum
      .filter((value) => value !== null)
      .map((value) => JSON.stringify(value))
      .join(' | ');
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices)
    return choices
      .filter((choice) => choice.type !== 'null')
      .map((choice) => type(choice, indent))
      .join(' | ');
  if (schema.properties) return members(schema, indent);
  const names = [schema.type].flat().filter((name) => name && name !== 'null');
  return names.map((name) => plain(name, schema, indent)).join(' | ') || 'unknown';
}

function plain(name, schema, indent) {
  if (name === 'array') {
    const item = type(schema.items ?? {}, indent);
    return item.includes(' ') ? `(${item})[]` : `${item}[]`;
  }
  if (name === 'object') return 'Record<string, unknown>';
  return name === 'integer' ? 'number' : name;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const side of SIDES) writeFileSync(pathOf(side), generate(side));
}
