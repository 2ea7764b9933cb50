import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Dialog } from '../../parts/Dialog.tsx';
import { IconButton } from '../../parts/IconButton.tsx';
import { Problem } from '../../parts/Problem.tsx';
import type { ConversationView } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { words } from '../../words.ts';
import { useThreadActions } from '../ThreadActions.ts';

const monthFormat = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric' });
const dayFormat = new Intl.DateTimeFormat('en', { dateStyle: 'full' });
const weekdayFormat = new Intl.DateTimeFormat('en', { weekday: 'short' });
/** A week that begins on Monday. */
const weekdays = Array.from({ length: 7 }, (_, index) => weekdayFormat.format(new Date(2024, 0, 1 + index)));

/** A calendar: the thread goes to the first message of the chosen day, or the next one after it. */
export function DateDialog({
  conversation,
  onClose,
}: {
  conversation: ConversationView;
  onClose: () => void;
}) {
  const sotto = useSotto();
  const actions = useThreadActions();
  const text = words.messaging.jump;
  const [today] = useState(() => startOfDay(new Date()));
  const [day, setDay] = useState(today);
  const [problem, setProblem] = useState<string | null>(null);
  const grid = useRef<HTMLTableSectionElement>(null);
  const wasMoved = useRef(false);
  const weeks = weeksOf(day);

  useEffect(() => {
    if (wasMoved.current) grid.current?.querySelector<HTMLElement>(`[data-day="${day.getTime()}"]`)?.focus();
  }, [day]);

  const go = async (chosen: Date): Promise<void> => {
    setProblem(null);
    try {
      const order = await sotto.findByDate(conversation.conversationId, chosen.getTime());
      if (order === null) setProblem(text.dateNothing);
      else actions.jump(order);
    } catch {
      setProblem(words.problem.unexpected);
    }
  };
  const move = (days: number, months = 0): void => {
    const next = new Date(day.getFullYear(), day.getMonth() + months, day.getDate() + days);
    setDay(next > today ? today : next);
  };
  const keyDown = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    const months = { PageUp: -1, PageDown: 1 }[event.key];
    if (by === undefined && months === undefined) return;
    event.preventDefault();
    wasMoved.current = true;
    move(by ?? 0, months ?? 0);
  };
  const turn = (months: number): void => {
    wasMoved.current = false;
    const first = new Date(day.getFullYear(), day.getMonth() + months, 1);
    setDay(first > today ? today : first);
  };
  return (
    <Dialog title={text.dateTitle} onClose={onClose}>
      <div className="calendar">
        <div className="calendar-head">
          <IconButton icon="back" label={text.previousMonth} onClick={() => turn(-1)} />
          <span aria-live="polite">{monthFormat.format(day)}</span>
          <IconButton
            icon="back"
            className="calendar-next"
            label={text.nextMonth}
            disabled={weeks.at(-1)!.at(-1)! >= today}
            onClick={() => turn(1)}
          />
        </div>
        <table>
          <thead>
            <tr>
              {weekdays.map((name) => (
                <th key={name} scope="col">
                  {name.slice(0, 2)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={grid}>
            {weeks.map((week) => (
              <tr key={week[0]!.getTime()}>
                {week.map((each) => (
                  <td key={each.getTime()}>
                    <button
                      type="button"
                      data-day={each.getTime()}
                      data-other={each.getMonth() !== day.getMonth()}
                      aria-current={each.getTime() === today.getTime() ? 'date' : undefined}
                      aria-label={dayFormat.format(each)}
                      disabled={each > today}
                      tabIndex={each.getTime() === day.getTime() ? 0 : -1}
                      onKeyDown={keyDown}
                      onClick={() => go(each)}
                    >
                      {each.getDate()}
                    </button>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Problem text={problem} />
    </Dialog>
  );
}

function startOfDay(date: Date): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}

/** The weeks that the month of `day` touches, from Monday to Sunday. */
function weeksOf(day: Date): readonly (readonly Date[])[] {
  const first = new Date(day.getFullYear(), day.getMonth(), 1);
  const before = (first.getDay() + 6) % 7;
  const length = new Date(day.getFullYear(), day.getMonth() + 1, 0).getDate();
  return Array.from({ length: Math.ceil((before + length) / 7) }, (_, week) =>
    Array.from(
      { length: 7 },
      (_day, index) => new Date(day.getFullYear(), day.getMonth(), 1 - before + week * 7 + index),
    ),
  );
}
