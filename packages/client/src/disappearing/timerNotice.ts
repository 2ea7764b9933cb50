/** The line of who set after how long messages disappear, as it is stored: a notice's detail. */
import { isTimer } from '@sotto/crypto';
import type { AccountView, Notice } from '../api.ts';

const prefix = 'timer:';

export function timerNotice(seconds: number): string {
  return `${prefix}${seconds}`;
}

/** Null where the detail is not of a timer. */
export function timerNoticeView(detail: string, account: AccountView): Notice | null {
  if (!detail.startsWith(prefix)) return null;
  const seconds = Number(detail.slice(prefix.length));
  return isTimer(seconds) ? { kind: 'timer', account, seconds } : null;
}
