import { useEffect, useState } from 'react';
import { App } from './App.tsx';
import { StoppedPage } from './entry/StoppedPage.tsx';
import { BrokenView } from './shell/BrokenView.tsx';
import { StartPlaceholder } from './shell/StartPlaceholder.tsx';
import type { SottoApi } from './sotto.ts';
import { SottoProvider } from './state/SottoContext.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './parts/parts.css';

/** The app over an engine that is still opening: placeholders are painted first. */
export function Root({ opening }: { opening: Promise<SottoApi> }) {
  const [sotto, setSotto] = useState<SottoApi | 'failed' | null>(null);
  useEffect(() => {
    let current = true;
    opening.then(
      (opened) => current && setSotto(opened),
      () => current && setSotto('failed'),
    );
    return () => {
      current = false;
    };
  }, [opening]);
  return (
    <div className="app">
      <BrokenView>
        {sotto === null ? (
          <StartPlaceholder />
        ) : sotto === 'failed' ? (
          <StoppedPage reason={window.isSecureContext ? 'failed' : 'insecureContext'} />
        ) : (
          <SottoProvider sotto={sotto}>
            <App />
          </SottoProvider>
        )}
      </BrokenView>
    </div>
  );
}
