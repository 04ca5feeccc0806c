import { Avatar } from 'chat-app/ui/Avatar.tsx';

/** Who is there: in a column beside the conversation, and in rows above it where there is no room for that. */
export function People({ names, me }: { names: readonly string[]; me: string }) {
  return (
    <section
      aria-label="Who is here"
      className="shrink-0 border-b border-line px-4 py-2 lg:order-last lg:w-60 lg:border-b-0 lg:border-l lg:py-4"
    >
      <h2 className="mb-2 hidden text-sm font-semibold text-soft lg:block">
        Here now <span className="font-normal text-faint">{names.length || ''}</span>
      </h2>
      <ul aria-label="People" className="flex max-h-18 flex-wrap gap-1.5 overflow-y-auto lg:max-h-none lg:flex-col lg:flex-nowrap lg:gap-1">
        {names.map((name) => (
          <li key={name} className="flex min-w-0 items-center gap-2 rounded-xl bg-ground py-1 pr-3 pl-1 lg:bg-transparent lg:py-1.5">
            <Avatar id={name} name={name} size="small" />
            <span className="name max-w-40 min-w-0 truncate text-sm lg:max-w-none" title={name}>
              {name}
            </span>
            {name === me && <span className="shrink-0 text-xs text-faint">you</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
