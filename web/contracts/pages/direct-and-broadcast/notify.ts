/** Whether the browser would ask if it may notify. */
export const mayAsk = (): boolean => 'Notification' in window && Notification.permission === 'default';

/** Tells of a message outside of the page, if that is allowed. */
export function notify(title: string, body: string, tag: string): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  try {
    new Notification(title, { body, tag });
  } catch {
    // Browsers of phones have it for service workers alone. The page itself shows the message.
  }
}
