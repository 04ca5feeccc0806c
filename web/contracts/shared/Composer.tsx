import { Button } from 'chat-app/ui/Button.tsx';
import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react';
import { Problem } from './Notice.tsx';
import { explain } from './refused.ts';

/** Letters of a message. */
const MOST_LETTERS = 4_000;

/** The box below a conversation. What is written stays in it until it was acknowledged. */
export function Composer({ send }: { send: (text: string) => Promise<unknown> }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const box = useRef<HTMLTextAreaElement>(null);

  const go = async (event: FormEvent) => {
    event.preventDefault();
    if (isBusy || !text.trim()) return;
    // The button may be about to lose the focus, as there is nothing to send any more.
    box.current?.focus();
    setBusy(true);
    setProblem(undefined);
    try {
      await send(text);
      // What was written meanwhile stays.
      setText((now) => (now === text ? '' : now));
    } catch (error) {
      setProblem(explain(error as Error));
    } finally {
      setBusy(false);
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // An Enter that ends a composition (of Japanese, say) is not for us.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.current?.requestSubmit();
  };

  return (
    <form
      ref={form}
      onSubmit={go}
      className="flex flex-col gap-2 border-t border-line px-3 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-5"
    >
      <Problem text={problem} />
      <div className="flex items-end gap-2">
        <textarea
          ref={box}
          aria-label="Message"
          placeholder="Write a message"
          value={text}
          rows={1}
          maxLength={MOST_LETTERS}
          enterKeyHint="send"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          dir="auto"
          className="field-sizing-content max-h-40 min-h-11 min-w-0 flex-1 resize-none rounded-xl border border-line bg-raised px-3.5 py-2.5 placeholder:text-faint focus-visible:border-accent focus-visible:outline-2 focus-visible:-outline-offset-1"
        />
        <Button
          type="submit"
          kind="main"
          icon="send"
          aria-label="Send"
          title="Send"
          busy={isBusy}
          disabled={!text.trim()}
          className="h-11 w-11 shrink-0"
        />
      </div>
    </form>
  );
}
