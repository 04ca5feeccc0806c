/** A text without the empty lines around it. The first of several lines stays as far in as it is: of code, that says something. */
export function unframed(text: string): string {
  const whole = text.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd();
  return whole.includes('\n') ? whole : whole.trim();
}
