import type { DisappearingApi } from '@sotto/client/api';
import { isCount, isId } from './checks.ts';
import type { CommandRule } from './commands.ts';

export const disappearingCommands: { readonly [Name in keyof DisappearingApi]: CommandRule<Name> } = {
  setTimer: { arguments: [isId, isCount], interrupted: 'repeat' },
  setDefaultTimer: { arguments: [isCount], interrupted: 'repeat' },
  readDefaultTimer: { arguments: [], interrupted: 'repeat' },
};
