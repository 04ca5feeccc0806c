// Notifications of the browser.

import { prefer, preferences, usePreference } from './preferences.ts';

/** So many rooms are quiet at most: the first to be so are loud again. */
const QUIET_MOST = 1_000;

/** Whether the browser shows notifications of this page, if it is asked: some have none, and in some the person has refused them. */
export function mayNotify(): 'yes' | 'refused' | 'never' {
  if (typeof Notification === 'undefined') return 'never';
  return Notification.permission === 'denied' ? 'refused' : 'yes';
}

/** Has notifications shown, if the browser lets the page, or no more. */
export async function notifyWanted(wanted: boolean): Promise<void> {
  prefer({ notify: wanted && (await Notification.requestPermission()) === 'granted' });
}

/** Whether a room notifies one of mentions alone. */
export const isQuiet = (roomId: string): boolean => preferences.get().quiet.includes(roomId);
export const useQuiet = (roomId: string): boolean => usePreference(({ quiet }) => quiet.includes(roomId));

export function keepQuiet(roomId: string, wanted: boolean): void {
  const others = preferences.get().quiet.filter((other) => other !== roomId);
  prefer({ quiet: wanted ? [...others, roomId].slice(-QUIET_MOST) : others });
}
