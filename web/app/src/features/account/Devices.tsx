import { useQuery } from '@tanstack/react-query';
import { useChat } from 'chat-client/react';
import { whole } from '../../lib/time.ts';
import { account } from '../../text/account.ts';
import { useLanguage, useSaid } from '../../text/index.ts';
import { Button } from '../../ui/Button.tsx';
import { ErrorNote, Skeleton } from '../../ui/notes.tsx';
import { Card } from '../../ui/Page.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../../ui/useAction.ts';

/** Where one is logged in. */
export function Devices() {
  const said = useSaid(account);
  const language = useLanguage();
  const client = useChat();
  const query = useQuery({ queryKey: ['devices'], queryFn: () => client.rest.devices() });
  const toast = useToast();
  const end = useAction(async (id: string) => {
    await client.rest.endDevice(id);
    toast(said.deviceEnded);
    await query.refetch();
  });
  return (
    <Card title={said.devices}>
      {query.isPending && <Skeleton rows={2} />}
      <Rows label={said.devices} className="flex flex-col gap-3">
        {query.data?.map((device) => (
          <li key={device.sessionId} className="flex flex-wrap items-center gap-x-3 gap-y-2">
            <span className="min-w-0 flex-1 basis-56">
              <span className="block truncate font-medium">{describe(device.userAgent) ?? said.noDevice}</span>
              <span className="text-sm text-faint">
                {device.current ? said.thisDevice : said.lastSeen(whole(device.lastSeen, language))}
              </span>
            </span>
            {!device.current && (
              <Button busy={end.busy} onClick={() => end.run(device.sessionId)}>
                {said.endDevice}
              </Button>
            )}
          </li>
        ))}
      </Rows>
      <ErrorNote error={end.error ?? query.error} />
    </Card>
  );
}

const BROWSERS = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'];
const NAMES: Record<string, string> = { Edg: 'Edge', OPR: 'Opera' };
const SYSTEMS = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS X', 'Linux'];

/** Which browser on which system, out of what the browser calls itself. */
function describe(agent: string | undefined): string | undefined {
  if (!agent) return undefined;
  const browser = BROWSERS.find((name) => agent.includes(`${name}/`));
  const system = SYSTEMS.find((name) => agent.includes(name));
  return [browser && (NAMES[browser] ?? browser), system].filter(Boolean).join(' · ') || agent;
}
