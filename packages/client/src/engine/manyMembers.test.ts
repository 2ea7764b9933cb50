import { fromBinary } from '@bufbuild/protobuf';
import { RequestSchema } from '@sotto/protocol';
import { expect, it } from 'vitest';
import { groupId, groupOf, newGroup } from '../testing/groupWorld.ts';
import { type TestDevice, TestWorld } from '../testing/testWorld.ts';

/** Methods that `device` calls from now on. */
function calledBy(device: TestDevice): string[] {
  const methods: string[] = [];
  device.toServer = (frame) => {
    methods.push(fromBinary(RequestSchema, frame).method);
    return [frame];
  };
  return methods;
}
const oneByOne = (methods: readonly string[]) =>
  methods.filter((method) => method === 'FindAccount' || method === 'GetChain').length;

it('strangers and members of a group are asked for together, not one after another', async () => {
  const world = await TestWorld.create();
  const devices: TestDevice[] = [];
  const accounts = [];
  for (let at = 0; at < 12; at++) {
    const account = await world.addAccount(`person${at}`);
    accounts.push(account);
    const device = await account.addDevice();
    await device.online();
    devices.push(device);
  }
  const [a, b] = devices as [TestDevice, TestDevice];
  const joining = calledBy(b);
  const made = await a.api.createGroup(newGroup(accounts.slice(1, 11)));
  expect(made.kind).toBe('ok');
  await world.until(() => groupOf(b)?.state === 'ready', 'it is joined');
  expect(groupOf(b)?.memberCount).toBe(11);
  expect(oneByOne(joining)).toBeLessThanOrEqual(1);
  expect(joining.filter((method) => method === 'ReadAccounts').length).toBeLessThanOrEqual(2);

  const following = calledBy(b);
  expect(await a.api.addMembers(groupId(a), [accounts[11]!.accountId])).toEqual({ kind: 'ok', value: null });
  await world.until(() => groupOf(b)?.memberCount === 12, 'the change is followed');
  expect(oneByOne(following)).toBeLessThanOrEqual(1);
});
