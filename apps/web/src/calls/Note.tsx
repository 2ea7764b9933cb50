import type { CallProblemNow, CallSession } from '@sotto/sdk/calls';
import type { ReactNode } from 'react';
import { callWords } from '../wordsCalls.ts';
import { CallIcon, type CallIconName } from './CallIcon.tsx';

const { trouble } = callWords;

/** Something to be known while one talks. */
export function Note({
  icon,
  tone,
  alert = false,
  children,
}: {
  icon?: CallIconName;
  tone?: 'warn' | 'accent';
  alert?: boolean;
  children: ReactNode;
}) {
  return (
    <p className="call-note" data-tone={tone} role={alert ? 'alert' : undefined}>
      {icon !== undefined && <CallIcon name={icon} />}
      {children}
    </p>
  );
}

/** What can be pressed about it. */
export function Remedy({
  problem,
  session,
  onDevices,
}: {
  problem: CallProblemNow;
  session: Pick<CallSession, 'resumePlayback' | 'setCamera'>;
  onDevices: () => void;
}) {
  if (problem.kind === 'playbackBlocked') {
    return (
      <button type="button" className="callChip" onClick={() => void session.resumePlayback()}>
        {trouble.hear}
      </button>
    );
  }
  if (problem.kind === 'device' && problem.device === 'camera') {
    return (
      <button type="button" className="callChip" onClick={() => void session.setCamera(true)}>
        {trouble.retry}
      </button>
    );
  }
  const isAboutDevices =
    problem.kind === 'deviceLost' || problem.kind === 'microphoneSilent' || problem.kind === 'device';
  return isAboutDevices ? (
    <button type="button" className="callChip" onClick={onDevices}>
      {trouble.choose}
    </button>
  ) : null;
}
