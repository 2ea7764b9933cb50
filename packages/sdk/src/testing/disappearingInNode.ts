import { join } from 'node:path';
import { type DisappearingWork, fillDisappearing } from '@sotto/client/fillDisappearing';
import { openNodeDatabase } from '../node/nodeDatabase.ts';
import { type NodeSotto, openSotto } from '../node/openSotto.ts';
import { resultOf } from '../resultOf.ts';
import { until } from '../until.ts';

const password = 'ample copper window quilt river';

/** A device in `dataFolder`, closed, of a new account that has one conversation, with another new one. */
export async function createTalkingDevice(server: string, dataFolder: string, name: string): Promise<void> {
  const peerName = `${name}x`;
  await registerAccount(server, `${dataFolder}-peer`, peerName);
  const sotto = await openRegistered(server, dataFolder, name);
  const peer = resultOf(await sotto.findAccount(peerName));
  resultOf(await sotto.openDirectConversation(peer.accountId));
  await until(sotto, { kind: 'conversations' }, ([first]) => first?.state === 'ready');
  await sotto.close();
}

/** An account whose device is closed. */
export async function registerAccount(server: string, dataFolder: string, username: string): Promise<void> {
  await (await openRegistered(server, dataFolder, username)).close();
}

async function openRegistered(server: string, dataFolder: string, username: string): Promise<NodeSotto> {
  const sotto = await openSotto({ server, dataFolder });
  resultOf(await sotto.register({ username, password }));
  await until(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');
  return sotto;
}

/** Fills the device's conversation (`fillDisappearing`) and gives the first deadline. */
export async function fillInNode(dataFolder: string, work: DisappearingWork): Promise<number> {
  const database = openNodeDatabase(join(dataFolder, 'device.sqlite'));
  try {
    return await fillDisappearing(database, work);
  } finally {
    await database.close();
  }
}
