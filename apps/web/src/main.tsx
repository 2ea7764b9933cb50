/** The product's entry: only the real engine. */
import { openSotto } from '@sotto/sdk/browser';
import { createRoot } from 'react-dom/client';
import { followViewportHeight } from './appearance/viewportHeight.ts';
import { callsOfPage, provideCalls } from './calls/callsOfPage.ts';
import { provideGroupCalls } from './groupCalls/groupCallsOfPage.ts';
import { provideStreams } from './media/transfer/streamSource.ts';
import { keepPushTarget } from './push/keepPushTarget.ts';
import { Root } from './Root.tsx';

followViewportHeight();
const opening = window.isSecureContext
  ? openSotto()
  : Promise.reject(new Error('The page is not in a secure context'));
provideStreams(
  opening.then(async (sotto) => {
    const { openMediaStreams } = await import('@sotto/sdk/media');
    return openMediaStreams(sotto);
  }),
);
provideCalls(async (sotto) => (await import('@sotto/sdk/calls')).createCalls(sotto));
provideGroupCalls(async (sotto) => {
  const [{ createGroupCalls }, calls] = await Promise.all([
    import('@sotto/sdk/groupCalls'),
    callsOfPage(sotto),
  ]);
  return createGroupCalls(sotto, calls);
});
void opening.then(keepPushTarget, () => {});
createRoot(document.getElementById('root')!).render(<Root opening={opening} />);
