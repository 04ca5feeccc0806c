import { useSaid, useText } from '../text/index.ts';
import { weak } from '../text/weak.ts';
import { Field } from './Field.tsx';
import { weakness } from './weak.ts';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** The password that one has. */
export function PasswordField({ label, value, onChange }: Props) {
  return (
    <Field
      label={label}
      type="password"
      required
      autoComplete="current-password"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** A password that one gets. It says what speaks against it; which ones are taken is the server's to say. */
export function NewPasswordField({ label, value, onChange, name }: Props & { /** Who will have it. */ name?: string }) {
  const texts = useText();
  const said = useSaid(weak);
  const why = weakness(value, name);
  return (
    <div>
      <Field
        label={label}
        hint={texts.entry.passwordHint}
        type="password"
        required
        minLength={8}
        autoComplete="new-password"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <p role="status" className={`text-sm text-mark ${why ? 'mt-1' : ''}`}>
        {why && said[why]}
      </p>
    </div>
  );
}
