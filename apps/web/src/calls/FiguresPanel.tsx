import { useEffect, useState } from 'react';
import { everySecond } from '../disappearing/everySecond.ts';
import { IconButton } from '../parts/IconButton.tsx';
import { words } from '../words.ts';
import { callWords } from '../wordsCalls.ts';

/** Names and values; null where the browser does not say. */
export type Figures = readonly (readonly [string, string | null])[];

interface FiguresPanelProps<Statistics> {
  source: { statistics(): Promise<Statistics | null> };
  rowsOf: (figures: Statistics) => Figures;
  onClose: () => void;
}

const say = callWords.statistics;

/** What the browser measures, for those who want it. */
export function FiguresPanel<Statistics>({ source, rowsOf, onClose }: FiguresPanelProps<Statistics>) {
  const [figures, setFigures] = useState<Statistics | null>(null);
  useEffect(() => {
    let current = true;
    const stop = everySecond(() => {
      source.statistics().then(
        (read) => current && setFigures(read),
        () => undefined,
      );
    });
    return () => {
      current = false;
      stop();
    };
  }, [source]);
  return (
    <section className="call-figures" aria-label={say.title}>
      <div className="call-figuresHead">
        <h2>{say.title}</h2>
        <IconButton icon="close" label={words.common.close} onClick={onClose} />
      </div>
      {figures === null ? (
        <p>{say.none}</p>
      ) : (
        <dl>
          {rowsOf(figures).map(
            ([name, value]) =>
              value !== null && (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ),
          )}
        </dl>
      )}
    </section>
  );
}
