export { openSotto } from './openSotto.ts';
