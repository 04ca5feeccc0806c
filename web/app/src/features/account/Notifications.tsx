import { useEffect, useRef } from 'react';
import { useLocation } from 'react-router';
import { mayNotify, notifyWanted } from '../../lib/notify.ts';
import { usePreference } from '../../lib/preferences.ts';
import { account } from '../../text/account.ts';
import { useSaid, useText } from '../../text/index.ts';
import { Check } from '../../ui/Field.tsx';
import { Card } from '../../ui/Page.tsx';

/** Whether one is told of messages while one looks elsewhere. A room leads here, too. */
export function Notifications() {
  const texts = useText();
  const said = useSaid(account);
  const notify = usePreference((value) => value.notify);
  const { hash } = useLocation();
  const place = useRef<HTMLDivElement>(null);
  const may = mayNotify();
  useEffect(() => {
    if (hash !== '#notifications') return;
    place.current?.scrollIntoView({ block: 'center' });
    place.current?.querySelector('input')?.focus();
  }, [hash]);
  return (
    <div ref={place}>
      <Card title={texts.account.notifications}>
        {may === 'never' ? (
          <p className="text-soft">{said.notifyNever}</p>
        ) : (
          <Check
            label={said.notifyAll}
            hint={may === 'refused' ? said.notifyBlocked : said.notifyHint}
            checked={notify && may === 'yes'}
            disabled={may === 'refused'}
            onPick={(wanted) => void notifyWanted(wanted)}
          />
        )}
      </Card>
    </div>
  );
}
