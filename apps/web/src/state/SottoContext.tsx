import { createContext, type ReactNode, useContext } from 'react';
import type { SottoApi } from '../sotto.ts';

const SottoContext = createContext<SottoApi | null>(null);

export function SottoProvider({ sotto, children }: { sotto: SottoApi; children: ReactNode }) {
  return <SottoContext value={sotto}>{children}</SottoContext>;
}

/** The engine behind this page. Only below `SottoProvider`. */
export function useSotto(): SottoApi {
  const sotto = useContext(SottoContext);
  if (sotto === null) throw new Error('useSotto needs a SottoProvider above');
  return sotto;
}
