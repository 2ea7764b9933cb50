/** The worker of one tab. Until it leads it loads neither SQLite nor cryptography. */
import { leadInTurn } from './leadInTurn.ts';

leadInTurn(async () => (await import('./openBrowserEngine.ts')).openBrowserEngine());
