import { ToggleGroup } from 'radix-ui';
import { useCallback, useEffect, useRef, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import type { StorageView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { mediaSentences } from './mediaSentences.ts';
import './storage.css';

const say = mediaSentences.storage;
const megabyte = 1_000_000;

/** What files take up, here and at the server. */
export default function MediaStoragePage({ onBack }: { onBack: () => void }) {
  const sotto = useSotto();
  const heading = useRef<HTMLHeadingElement>(null);
  const [storage, setStorage] = useState<StorageView | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const look = useCallback(
    () => sotto.readStorage().then(setStorage, () => setSaid(words.problem.unexpected)),
    [sotto],
  );
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    look();
  }, [look]);
  const clear = async (): Promise<void> => {
    await sotto.clearFetched();
    setSaid(say.cleared);
    await look();
  };
  const choose = async (megabytes: string): Promise<void> => {
    if (megabytes === '') return;
    await sotto.setFetchLimit(Number(megabytes) * megabyte);
    await look();
  };
  const { limits } = say;
  return (
    <main className="pane settings">
      <div className="paneBar">
        <IconButton icon="back" label={words.common.back} onClick={onBack} />
        <h1 className="paneBar-title" ref={heading} tabIndex={-1}>
          {say.title}
        </h1>
      </div>
      <div className="pane-scroller">
        <div className="settings-column">
          {storage !== null && (
            <>
              <section className="settings-part">
                <h2>{say.here}</h2>
                <div className="settings-card storage-card">
                  <Used part={storage.fetchedBytes / storage.limitBytes} />
                  <p>{say.hereText(mediaSentences.size(storage.fetchedBytes))}</p>
                  <Button onClick={clear} busy={storage.fetchedBytes === 0}>
                    {say.clear}
                  </Button>
                </div>
              </section>
              <section className="settings-part">
                <h2 id="storage-limit">{say.limit}</h2>
                <ToggleGroup.Root
                  className="themes storage-limits"
                  type="single"
                  aria-labelledby="storage-limit"
                  value={String(nearest(storage.limitBytes))}
                  onValueChange={choose}
                >
                  {limits.map(([megabytes, name]) => (
                    <ToggleGroup.Item key={megabytes} value={String(megabytes)}>
                      {name}
                    </ToggleGroup.Item>
                  ))}
                </ToggleGroup.Root>
                <p className="storage-note">{say.limitText}</p>
              </section>
              <section className="settings-part">
                <h2>{say.server}</h2>
                <div className="settings-card storage-card">
                  {storage.serverBytes === null || storage.serverQuotaBytes === null ? (
                    <p>{say.serverUnknown}</p>
                  ) : (
                    <>
                      <Used part={storage.serverBytes / storage.serverQuotaBytes} />
                      <p>
                        {say.serverText(
                          mediaSentences.size(storage.serverBytes),
                          mediaSentences.size(storage.serverQuotaBytes),
                        )}
                      </p>
                    </>
                  )}
                </div>
              </section>
            </>
          )}
          <p className="storage-note" role="status">
            {said}
          </p>
        </div>
      </div>
    </main>
  );
}

function Used({ part }: { part: number }) {
  const shown = Math.min(1, Math.max(0, Number.isFinite(part) ? part : 0));
  return <meter className="storage-used" min={0} max={1} value={shown} aria-label={say.used} />;
}

/** Of the choices, the one that is in force: others come from an earlier version. */
function nearest(limitBytes: number): number {
  const sizes = say.limits.map(([megabytes]) => megabytes as number);
  const distance = (megabytes: number): number => Math.abs(megabytes * megabyte - limitBytes);
  return sizes.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}
