/** From here on a password that has nothing else against it is good. */
const LONG = 12;
/** With fewer different letters than that, a password is one that is said over and over. */
const VARIED = 5;

/** What half of the world begins with. */
const USUAL = ['password', 'passwort', 'qwert', 'letmein', 'iloveyou', 'welcome', 'willkommen', 'hallo', 'admin', 'geheim', 'abcdef'];

/** Why a password is easy to guess, if it is. */
export type Weakness = 'short' | 'plain' | 'name' | 'usual';

/** Whether each letter follows the one before it, in one direction. */
function isRow(letters: string[]): boolean {
  const steps = letters.slice(1).map((letter, at) => (letter.codePointAt(0) ?? 0) - (letters[at]?.codePointAt(0) ?? 0));
  const [first] = steps;
  return (first === 1 || first === -1) && steps.filter((step) => step !== first).length <= 1;
}

/** What speaks against a password, for a hint: the server alone says which ones it takes. */
export function weakness(password: string, name = ''): Weakness | undefined {
  if (!password) return undefined;
  const said = password.toLowerCase();
  const letters = [...said];
  if (new Set(letters).size < VARIED || isRow(letters)) return 'plain';
  if (name.length > 2 && said.includes(name.toLowerCase())) return 'name';
  // What is long has more than that one word.
  if (USUAL.some((word) => said.includes(word) && letters.length < word.length + LONG)) return 'usual';
  return letters.length < LONG ? 'short' : undefined;
}
