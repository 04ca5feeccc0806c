import { prefer, type Theme, usePreference } from '../../lib/preferences.ts';
import { account } from '../../text/account.ts';
import { LANGUAGES, useLanguage, useSaid } from '../../text/index.ts';
import { Select } from '../../ui/Field.tsx';
import { Card } from '../../ui/Page.tsx';

const THEMES: Theme[] = ['system', 'light', 'dark'];

export function Look() {
  const said = useSaid(account);
  const language = useLanguage();
  const theme = usePreference((value) => value.theme);
  return (
    <Card title={said.look}>
      <fieldset>
        <legend className="mb-1.5 text-sm font-medium text-soft">{said.theme}</legend>
        <div className="grid grid-cols-3 gap-1 rounded-2xl bg-ground p-1">
          {THEMES.map((choice) => (
            <label
              key={choice}
              className="relative flex min-h-10 items-center justify-center rounded-xl px-2 text-center text-sm font-medium text-soft has-checked:bg-raised has-checked:text-ink has-checked:shadow-[0_1px_3px_var(--shadow)] has-focus-visible:outline-2 has-focus-visible:outline-accent"
            >
              <input type="radio" name="theme" className="sr-only" checked={choice === theme} onChange={() => prefer({ theme: choice })} />
              {said.themes[choice]}
            </label>
          ))}
        </div>
      </fieldset>
      <Select label={said.language} value={language} onPick={(picked) => prefer({ language: picked })} choices={LANGUAGES} />
    </Card>
  );
}
