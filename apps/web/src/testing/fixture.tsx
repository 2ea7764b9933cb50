/** The app over the fixture: `fixture.html?scene=…`. Its controls are `window.sottoFixture`, for tests. */
import { createRoot } from 'react-dom/client';
import { Root } from '../Root.tsx';
import { openScene } from './scenes.ts';

const sotto = openScene(new URLSearchParams(location.search).get('scene') ?? 'chats');
Object.assign(window, { sottoFixture: sotto.controls });
createRoot(document.getElementById('root')!).render(<Root opening={Promise.resolve(sotto)} />);
