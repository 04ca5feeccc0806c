/** Copies a text. Fails where the browser does not let it: pages that came without TLS have no clipboard. */
export async function copy(text: string): Promise<void> {
  if (!navigator.clipboard) throw new Error('');
  await navigator.clipboard.writeText(text);
}
