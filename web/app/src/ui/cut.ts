/** As much of the beginning of a text as has so many bytes in UTF-8, and no half of a character. */
export function cut(text: string, most: number): string {
  const bytes = new Uint8Array(most);
  return text.slice(0, new TextEncoder().encodeInto(text, bytes).read);
}

/** How many bytes a text has in UTF-8. */
export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
