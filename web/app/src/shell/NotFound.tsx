import { Link, useRouteError } from 'react-router';
import { useText } from '../text/index.ts';
import { Button } from '../ui/Button.tsx';
import { Empty } from '../ui/notes.tsx';

export function NotFound() {
  const { title, text, home } = useText().nothingAt;
  return (
    <Empty icon="compass" title={title} text={text}>
      <Link to="/" className="rounded-xl bg-accent px-4 py-2.5 font-medium text-accent-ink">
        {home}
      </Link>
    </Empty>
  );
}

/** A fault of the page, or a part of it that a newer version does not have any more. */
export function Broken() {
  const texts = useText();
  const error = useRouteError();
  return (
    <Empty icon="warn" title={texts.errors.other as string} text={error instanceof Error ? error.message : undefined}>
      <Button kind="main" onClick={() => location.reload()}>
        {texts.status.reload}
      </Button>
    </Empty>
  );
}
