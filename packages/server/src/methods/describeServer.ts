import { done } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';

export const describeServer: SignInHandler<'describeServer'> = async ({ version, registration, secrets }) =>
  done({ version, openRegistration: registration === 'open', serverId: secrets.serverId });
