// Notifications of the browser.

import { prefer } from './preferences.ts';

/** Whether the browser shows notifications of this page, if it is asked: some have none, and in some the person has refused them. */
export function mayNotify(): 'yes' | 'refused' | 'never' {
  if (typeof Notification === 'undefined') return 'never';
  return Notification.permission === 'denied' ? 'refused' : 'yes';
}

/** Has notifications shown, if the browser lets the page, or no more. */
export async function notifyWanted(wanted: boolean): Promise<void> {
  prefer({ notify: wanted && (await Notification.requestPermission()) === 'granted' });
}
