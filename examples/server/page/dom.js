// Elements. Every text of others is set as text, never as HTML.

export const $ = (id) => document.getElementById(id);

export function el(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Gives an element the colour that stays with a user. */
export function colour(element, userId) {
  let hash = 0;
  for (const char of userId) hash = (hash * 31 + char.codePointAt(0)) % 360;
  element.style.setProperty('--hue', hash);
  return element;
}

/** A time of day, with the day if it is not today. */
export function clock(time) {
  const day = time.toDateString() === new Date().toDateString() ? {} : { day: 'numeric', month: 'short' };
  return time.toLocaleString([], { ...day, hour: '2-digit', minute: '2-digit' });
}
