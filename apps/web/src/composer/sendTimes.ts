export interface SendTime {
  readonly kind: 'inHour' | 'tonight' | 'tomorrow' | 'monday';
  readonly atMs: number;
}

const hourMs = 3_600_000;

/** Times that are offered for sending later, the next one first. */
export function sendTimes(nowMs: number): readonly SendTime[] {
  const at = (days: number, hour: number): number => {
    const day = new Date(nowMs);
    return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hour).getTime();
  };
  const untilMonday = (8 - new Date(nowMs).getDay()) % 7 || 7;
  const times: SendTime[] = [{ kind: 'inHour', atMs: nowMs + hourMs }];
  if (at(0, 18) > nowMs + hourMs) times.push({ kind: 'tonight', atMs: at(0, 18) });
  times.push({ kind: 'tomorrow', atMs: at(1, 9) });
  if (untilMonday > 1) times.push({ kind: 'monday', atMs: at(untilMonday, 9) });
  return times;
}
