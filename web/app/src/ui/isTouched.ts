/** The page is used by a finger. */
export const isTouched = (): boolean => matchMedia('(pointer: coarse)').matches;
