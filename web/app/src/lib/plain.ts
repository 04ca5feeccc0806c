const LONGEST = 200;

/** A message without its marks, in one line, for lists and notifications. */
export function plain(text: string): string {
  return text
    .slice(0, LONGEST)
    .replace(/```\w*\n?/g, '')
    .replace(/(\*\*|~~|`)/g, '')
    .replace(/^[>#-] /gm, '')
    .replace(/\s+/g, ' ')
    .trim();
}
