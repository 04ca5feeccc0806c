const LONGEST = 200;

/** A message without its marks, in one line, for lists and notifications. */
export function plain(text: string): string {
  return text
    .slice(0, LONGEST)
    .replace(/```\w*\n?/g, '')
    .replace(/(\*\*|~~|`)/g, '')
    .replace(/\*(?=\S)([^*\n]+)(?<!\s)\*/g, '$1')
    .replace(/\[([^\]\n]+)\]\(https?:\/\/[^)\s]+\)/g, '$1')
    .replace(/^[>#-] /gm, '')
    .replace(/\s+/g, ' ')
    .trim();
}
