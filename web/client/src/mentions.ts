/** Whom a message, or an edit of it, mentions. */
interface Mentioning {
  senderId: string;
  mentions?: readonly string[];
  mentionsRoom?: boolean;
}

/** Whether it mentions somebody: by their id, or with everybody in the room. Nobody mentions themselves. */
export const isMentioned = ({ senderId, mentions, mentionsRoom }: Mentioning, user: string | undefined): boolean =>
  user !== undefined && senderId !== user && (mentionsRoom || (mentions?.includes(user) ?? false));
