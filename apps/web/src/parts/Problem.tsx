/** A sentence about what went wrong, told to screen readers as soon as it stands there. */
export function Problem({ text }: { text: string | null }) {
  return (
    <div className="problem" role="alert">
      {text}
    </div>
  );
}
