import type { MemberView } from 'chat-client';

/** Who stays in a room that an owner leaves: another owner, members to hand it over to, guests alone, or nobody. */
export type Left = { kind: 'owned' | 'members' | 'nobody' } | { kind: 'guests'; count: number };

/** What is left of `items`, the members of a room, without `me`. Where there are more of them, one of those may be an owner. */
export function leftBehind({ items, isAll }: { items: readonly MemberView[]; isAll: boolean }, me: string): Left {
  const others = items.filter((member) => member.userId !== me);
  const users = others.filter((member) => !member.guest);
  if (!isAll || users.some((member) => member.role === 'owner')) return { kind: 'owned' };
  if (users.length > 0) return { kind: 'members' };
  return others.length > 0 ? { kind: 'guests', count: others.length } : { kind: 'nobody' };
}
