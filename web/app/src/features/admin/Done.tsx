/** Says in a dialog what was done: what is told for a moment would lie below it. */
export function Done({ text }: { text: string }) {
  return (
    <p role="status" className="text-sm text-accent empty:absolute">
      {text}
    </p>
  );
}
