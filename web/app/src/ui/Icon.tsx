// Line icons on a grid of 20, drawn for this page.

const PATHS = {
  back: 'M12.5 4.5 7 10l5.5 5.5',
  plus: 'M10 4v12M4 10h12',
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM13 13l3.5 3.5',
  close: 'm5 5 10 10M15 5 5 15',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  people:
    'M7.5 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2 16.5c.4-3 2.5-4.5 5.5-4.5s5.1 1.5 5.5 4.5M13 4.3a3 3 0 0 1 0 5.4M15.2 12.6c1.6.7 2.5 2 2.8 3.9',
  send: 'M3.5 10 2.8 3.8c-.1-.6.5-1 1-.8l13 6.3c.5.3.5 1.1 0 1.4l-13 6.3c-.5.2-1.1-.2-1-.8L3.5 10Zm0 0h6',
  smile: 'M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM7 12c.7 1 1.7 1.6 3 1.6s2.3-.6 3-1.6M7.5 8h.01M12.5 8h.01',
  reply: 'M8 5 3 9.5 8 14M3.5 9.5H11c3.5 0 6 2 6 6',
  edit: 'm4 16 .8-3.5L13 4.3a1.6 1.6 0 0 1 2.3 0l.4.4a1.6 1.6 0 0 1 0 2.3l-8.2 8.2L4 16Z',
  trash: 'M3.5 5.5h13M8 5.5v-2h4v2M5 5.5l.8 11h8.4l.8-11M8.5 9v4.5M11.5 9v4.5',
  pin: 'M12 3l5 5-2.5 1-2.5 2.5-.5 3.5L5 8.5 8.5 8 11 5.5 12 3ZM8 12l-4.5 4.5',
  copy: 'M7 7V4h9v9h-3M4 7h9v9H4V7Z',
  link: 'M8.5 11.5a3 3 0 0 0 4.3 0l2.8-2.8a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-2.8 2.8a3 3 0 0 0 4.3 4.3l1-1',
  gear: 'M10 7.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6ZM10 2.5v2M10 15.5v2M2.5 10h2M15.5 10h2M4.7 4.7l1.4 1.4M13.9 13.9l1.4 1.4M4.7 15.3l1.4-1.4M13.9 6.1l1.4-1.4',
  lock: 'M5 9h10v7.5H5V9ZM7 9V6.5a3 3 0 0 1 6 0V9',
  hash: 'M7.5 3 6 17M14 3l-1.5 14M3.5 7.5h14M2.5 12.5h14',
  megaphone: 'M3 8v4h2.5L13 16V4L5.5 8H3ZM15.5 7.5c1.3 1.3 1.3 3.7 0 5M6 12l1 4.5h2L8.3 13',
  compass: 'M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM13 7l-1.7 4.3L7 13l1.7-4.3L13 7Z',
  shield: 'M10 2.5 4 5v5c0 4 2.7 6.3 6 7.5 3.3-1.2 6-3.5 6-7.5V5l-6-2.5Z',
  down: 'M10 4v11M5 10.5l5 5 5-5',
  check: 'm4 10.5 4 4 8-9',
  clock: 'M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM10 6v4.5l3 1.5',
  warn: 'M10 3 2.5 16.5h15L10 3ZM10 8v4M10 14.5h.01',
  leave: 'M8 3.5H4v13h4M12.5 6.5 16 10l-3.5 3.5M7.5 10H16',
  talk: 'M3 4.5h14v9H9l-3.5 3v-3H3v-9Z',
  mute: 'M6.5 4.5H17v9h-1.5M12 13.5H9l-3.5 3v-3H3v-9M3 2.5l14 15',
  ban: 'M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM4.7 4.7l10.6 10.6',
  block: 'M8 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 16.5c.4-3 2.5-4.5 5.5-4.5s5.1 1.5 5.5 4.5M14.5 7l3.5 3.5M18 7l-3.5 3.5',
  person: 'M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4.5 16.5c.4-3 2.5-4.5 5.5-4.5s5.1 1.5 5.5 4.5',
  crown: 'M3 6.5l3.5 3L10 4l3.5 5.5 3.5-3-1.5 8.5h-11L3 6.5Z',
  bellOff: 'M7 5.5A5 5 0 0 1 15 9v4.5M13.5 15h-10L5 13.5V9M8.5 17h3M3 2.5l14 15',
  bell: 'M5 13.5V9a5 5 0 0 1 10 0v4.5l1.5 1.5h-13L5 13.5ZM8.5 17h3',
};

export type IconName = keyof typeof PATHS;

export function Icon({ name, className = 'size-5' }: { name: IconName; className?: string }) {
  return (
    <svg
      viewBox="0 0 20 20"
      className={`shrink-0 ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2.6 : 1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
