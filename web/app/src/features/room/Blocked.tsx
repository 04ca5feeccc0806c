import type { UserView } from 'chat-client';
import { useEffect, useRef } from 'react';
import { useBlocks } from '../../lib/useBlocks.ts';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { ErrorNote } from '../../ui/notes.tsx';
import { useAction } from '../../ui/useAction.ts';

/** Where one would write to somebody whom one has blocked: why one does not, and the way out. */
export default function Blocked({ user }: { user: UserView }) {
  const texts = useText();
  const { unblock } = useBlocks(false);
  const lift = useAction(() => unblock(user));
  const place = useRef<HTMLElement>(null);
  // The box that it takes the place of may have had the focus.
  useEffect(() => {
    if (document.activeElement === document.body) place.current?.focus();
  }, []);
  return (
    <section
      ref={place}
      tabIndex={-1}
      aria-label={texts.room.youBlock(user.username)}
      className="border-t border-line px-5 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]"
    >
      <div className="flex flex-wrap items-center justify-center gap-x-4 gap-y-2">
        <p className="flex items-center gap-2 text-soft">
          <Icon name="block" className="size-4.5" />
          {texts.room.youBlock(user.username)} {texts.room.youBlockText}
        </p>
        <Button busy={lift.busy} onClick={lift.run}>
          {texts.people.unblock}
        </Button>
      </div>
      <ErrorNote error={lift.error} />
    </section>
  );
}
