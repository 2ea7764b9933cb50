import { leadInTurn } from './leadInTurn.ts';

leadInTurn(async () => (await import('./tabsFixture.ts')).openNotebook());
