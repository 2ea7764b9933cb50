import { type TestAccount, type TestDevice, TestWorld } from './testWorld.ts';

export interface AnnaAndBen {
  readonly world: TestWorld;
  readonly anna: TestAccount;
  readonly ben: TestAccount;
  /** Anna's device. */
  readonly a: TestDevice;
  /** Ben's. */
  readonly b: TestDevice;
}

/** Two people in a world of their own, each with one device that is online. */
export async function annaAndBen(): Promise<AnnaAndBen> {
  const world = await TestWorld.create();
  const anna = await world.addAccount('anna');
  const ben = await world.addAccount('ben');
  const a = await anna.addDevice();
  const b = await ben.addDevice();
  await a.online();
  await b.online();
  return { world, anna, ben, a, b };
}

/** The same, who have met: both show the text that anna wrote. */
export async function annaAndBenTalking(): Promise<AnnaAndBen> {
  const two = await annaAndBen();
  await two.a.meet(two.ben);
  await two.a.api.sendText(two.a.conversations[0]!.conversationId, 'before');
  await two.b.shows(['before']);
  return two;
}
