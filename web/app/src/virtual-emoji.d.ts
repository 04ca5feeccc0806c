// What `emojiData.ts` makes while the page is built.

declare module 'virtual:emoji/*' {
  const groups: readonly string[];
  export default groups;
}
