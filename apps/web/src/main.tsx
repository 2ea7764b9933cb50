/** The product's entry: only the real engine. */
import { openSotto } from '@sotto/sdk/browser';
import { createRoot } from 'react-dom/client';
import { followViewportHeight } from './appearance/viewportHeight.ts';
import { Root } from './Root.tsx';

followViewportHeight();
const opening = window.isSecureContext
  ? openSotto()
  : Promise.reject(new Error('The page is not in a secure context'));
createRoot(document.getElementById('root')!).render(<Root opening={opening} />);
