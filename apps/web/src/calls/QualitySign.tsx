import type { CallQuality } from '@sotto/sdk/calls';

/** Three small bars; in words it is in the notes. */
export function QualitySign({ step }: { step: CallQuality['step'] }) {
  if (step === 'unknown') return null;
  return (
    <span className="call-quality" data-step={step} aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}
