import { Button } from 'chat-app/ui/Button.tsx';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Problem } from './Notice.tsx';
import { explain } from './refused.ts';

interface Props {
  /** What its button says. */
  submit: string;
  /** With one field: the button is beside it. */
  isShort?: boolean;
  act: (fields: Record<string, string>, form: HTMLFormElement) => Promise<unknown>;
  children: ReactNode;
}

/** A form whose button does something with what the fields say. What goes wrong is said below them, and they keep what they say. */
export function Form({ submit, isShort = false, act, children }: Props) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const go = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isBusy) return;
    const form = event.currentTarget;
    setBusy(true);
    setProblem(undefined);
    try {
      await act(Object.fromEntries(new FormData(form)) as Record<string, string>, form);
    } catch (error) {
      setProblem(explain(error as Error));
    } finally {
      setBusy(false);
    }
  };
  const button = (
    <Button type="submit" kind={isShort ? 'plain' : 'main'} busy={isBusy} className={isShort ? 'min-h-11' : 'w-full'}>
      {submit}
    </Button>
  );
  if (isShort) {
    return (
      <form onSubmit={go} className="flex flex-col gap-2">
        <div className="flex items-end gap-2">
          <div className="min-w-0 flex-1">{children}</div>
          {button}
        </div>
        <Problem text={problem} />
      </form>
    );
  }
  return (
    <form onSubmit={go} className="flex flex-col gap-4">
      {children}
      <Problem text={problem} />
      {button}
    </form>
  );
}
