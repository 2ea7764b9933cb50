import { suiteIds } from '@sotto/primitives';
import { loadBrowserProvider } from '@sotto/primitives/browser';
import { epochAuthenticator } from '../index.ts';
import { check, checkHex, toHex } from './bytes.ts';
import { Device, groupOf } from './device.ts';
import { vectorFiles } from './vectorFiles.ts';

export interface ChromiumInput {
  /** Contents of vector files, by name; those absent are left out. */
  readonly vectors: Readonly<Record<string, unknown>>;
}

export interface ChromiumOutput {
  /** Cases checked, by file. */
  readonly checked: Record<string, number>;
  /** Suites on which a conversation was held. */
  readonly suites: number[];
}

/** Members of a group join by Welcome and external commit, talk, and lose one of them. */
async function converse(suiteId: (typeof suiteIds)[keyof typeof suiteIds]): Promise<void> {
  const suite = (await loadBrowserProvider()).suite(suiteId);
  const [alice, bob, carol] = (await groupOf(suite, 3)) as [Device, Device, Device];
  const text = await alice.send('hello');
  for (const device of [bob, carol]) check((await device.read(text)) === 'hello', 'reads');
  const removal = await bob.commit([{ kind: 'remove', leafIndex: 2 }]);
  for (const device of [alice, carol]) await device.receive(removal.commitMessage);
  bob.become(removal.nextState);
  check(carol.state?.kind === 'removed', 'removed');
  const phone = await Device.make(suite, 'phone');
  const joining = await phone.joinExternally(removal);
  for (const device of [alice, bob]) await device.receive(joining.commitMessage);
  phone.become(joining.nextState);
  const expected = toHex(epochAuthenticator(phone.active));
  for (const device of [alice, bob]) checkHex(epochAuthenticator(device.active), expected, 'agreement');
}

export default async function run(input: ChromiumInput): Promise<ChromiumOutput> {
  const provider = await loadBrowserProvider();
  const checked: Record<string, number> = {};
  for (const file of vectorFiles) {
    const vectors = input.vectors[file.name];
    if (vectors !== undefined) checked[file.name] = await file.run(provider, vectors);
  }
  const suites = Object.values(suiteIds);
  for (const id of suites) await converse(id);
  return { checked, suites };
}
