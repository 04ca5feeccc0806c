import { ChatError } from 'chat-client';
import { useChat } from 'chat-client/react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Link } from 'react-router';
import { lastName } from '../../lib/lastName.ts';
import { refusedName } from '../../lib/refusedName.ts';
import { useOffered } from '../../lib/useOffered.ts';
import { entry } from '../../text/entry.ts';
import { useSaid, useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { NewPasswordField, PasswordField } from '../../ui/PasswordField.tsx';
import { useAction } from '../../ui/useAction.ts';

export function Form({
  onSubmit,
  action,
  busy,
  error,
  isNew = false,
  children,
}: {
  onSubmit: () => void;
  action: string;
  busy: boolean;
  error?: Error;
  /** An account is made. */
  isNew?: boolean;
  children: ReactNode;
}) {
  const texts = useText();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {children}
      {/* A guest's name may be what a username may not. */}
      <ErrorNote error={error} text={isNew ? refusedName(texts, error) : undefined} />
      <Button kind="main" type="submit" busy={busy} className="mt-1 min-h-12 text-base">
        {action}
      </Button>
    </form>
  );
}

function useName(allowed = (name: string) => name) {
  const [name, setName] = useState(() => allowed(lastName.get()));
  const remember = (value: string) => {
    setName(value);
    lastName.set(value);
  };
  return [name, remember] as const;
}

export function GuestForm() {
  const ways = useSaid(entry);
  const client = useChat();
  const [name, setName] = useName();
  const enter = useAction(() => client.guest(name.trim()));
  return (
    <Form onSubmit={enter.run} action={ways.goGuest} busy={enter.busy} error={enter.error}>
      <Field
        label={ways.name}
        hint={ways.guestHint}
        required
        maxBytes={64}
        autoComplete="nickname"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
    </Form>
  );
}

interface AccountFieldsProps {
  name: string;
  onName: (name: string) => void;
  password: string;
  onPassword: (password: string) => void;
  /** The account is made, and so is its password. */
  isNew?: boolean;
}

/** The name and the password of an account, as every form here asks for them. */
export function AccountFields({ name, onName, password, onPassword, isNew = false }: AccountFieldsProps) {
  const texts = useText();
  const ways = useSaid(entry);
  return (
    <>
      <Field
        label={texts.entry.username}
        hint={isNew && texts.entry.usernameHint}
        required
        maxBytes={64}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        value={name}
        onChange={(event) => onName(event.target.value)}
      />
      {isNew ? (
        <NewPasswordField label={ways.password} value={password} onChange={onPassword} name={name} />
      ) : (
        <PasswordField label={ways.password} value={password} onChange={onPassword} />
      )}
    </>
  );
}

export function LoginForm() {
  const ways = useSaid(entry);
  const client = useChat();
  const [name, setName] = useName();
  const [password, setPassword] = useState('');
  const enter = useAction(() => client.login(name.trim(), password));
  const { passwordResets } = useOffered();
  return (
    <>
      <Form onSubmit={enter.run} action={ways.goLogin} busy={enter.busy} error={enter.error}>
        <AccountFields name={name} onName={setName} password={password} onPassword={setPassword} />
      </Form>
      {passwordResets && (
        <Link to="/forgot-password" className="mt-4 inline-block text-accent underline underline-offset-2">
          {ways.forgotten}
        </Link>
      )}
    </>
  );
}

/** A guest's name as far as a username may be so. */
const asUsername = (name: string) => name.trim().replace(/\s+/g, '.');

export function RegisterForm() {
  const texts = useText();
  const ways = useSaid(entry);
  const client = useChat();
  const [name, setName] = useName(asUsername);
  const [password, setPassword] = useState('');
  const [email, setEmail] = useState('');
  // A link of an administrator has the code behind the `#`.
  const [code, setCode] = useState(() => (location.pathname === '/register' ? location.hash.slice(1) : ''));
  const enter = useAction(() => client.register(name.trim(), password, email.trim() || undefined, code.trim() || undefined));
  const wantsCode = code !== '' || (enter.error instanceof ChatError && enter.error.code === 'registration-closed');
  return (
    <Form onSubmit={enter.run} action={texts.entry.goRegister} busy={enter.busy} error={enter.error} isNew>
      <AccountFields name={name} onName={setName} password={password} onPassword={setPassword} isNew />
      <Field label={ways.email} type="email" autoComplete="email" value={email} onChange={(event) => setEmail(event.target.value)} />
      {wantsCode && (
        <Field label={ways.code} hint={ways.codeHint} autoComplete="off" value={code} onChange={(event) => setCode(event.target.value)} />
      )}
    </Form>
  );
}
