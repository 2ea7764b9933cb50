/** The app over the fixture: `fixture.html?scene=…`. Its controls are `window.sottoFixture`, for tests. */
import { createRoot } from 'react-dom/client';
import { provideCalls } from '../calls/callsOfPage.ts';
import { provideGroupCalls } from '../groupCalls/groupCallsOfPage.ts';
import { Root } from '../Root.tsx';
import { openScene } from './scenes.ts';

const sotto = openScene(new URLSearchParams(location.search).get('scene') ?? 'chats');
Object.assign(window, { sottoFixture: sotto.controls });
provideCalls(sotto.openCalls);
provideGroupCalls(async () => {
  await sotto.openCalls();
  return sotto.groupCalling;
});
createRoot(document.getElementById('root')!).render(<Root opening={Promise.resolve(sotto)} />);
