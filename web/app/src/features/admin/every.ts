/** So often what changes by itself is asked for anew, in milliseconds. */
export const EVERY = 10_000;
