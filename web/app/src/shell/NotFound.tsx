import { Link } from 'react-router';
import { useText } from '../text/index.ts';
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
