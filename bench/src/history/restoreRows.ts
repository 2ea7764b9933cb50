import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Population, populationUser } from '@sotto/client/population';
import { buildRestorePage, openChromiumDevice } from '@sotto/sdk/restoreInChromium';
import { comeBackInNode, restoreInNode } from '@sotto/sdk/restoreInNode';
import { type ServerProcess, startServerProcess } from '@sotto/sdk/serverProcess';
import type { BenchOptions, Row } from '../row.ts';
import type { Openings } from './openingRows.ts';

const suite = 'history';
const conversations = 100;
const listMessages = 20_000;
const aimListMs = 2000;
/** While somebody is away. */
const missed = 10_000;
const missedConversations = 50;
const aimUsableMs = 1000;

type Platform = 'Node' | 'Chromium';
interface Place {
  readonly population: Population;
  readonly newestTexts: readonly string[];
  readonly server: ServerProcess;
  readonly folder: string;
}

/**
 * Signing in on a new device, coming back after two weeks, and restoring a long history: a real server in a process of
 * its own with its real rate limits, and the SDK as it is used, in Node and in Chromium.
 */
export async function* restoreRows(openings: Openings, { quick }: BenchOptions): AsyncIterable<Row> {
  yield* withPlace(quick ? listMessages / 4 : listMessages, listAndReturnRows);
  yield* withPlace(quick ? 10_000 : 100_000, (place) => restoreAllRows(place, openings));
}

async function* listAndReturnRows(place: Place): AsyncIterable<Row> {
  const { population, server, folder } = place;
  const work = workOf(place);
  const of = `${conversations} conversations, ${work.messages.toLocaleString('en')} messages`;
  const device = await openChromiumDevice(server.address);
  const chromium = await device.restore(work);
  await device.leave();
  const dataFolder = join(folder, 'device');
  const node = await restoreInNode(server.address, dataFolder, work);
  const times = { Node: node, Chromium: chromium };
  for (const platform of ['Node', 'Chromium'] as const) {
    const { signInMs, listMs, openMs, joinedMs } = times[platform];
    yield {
      suite,
      name: `${platform}: sign-in itself, with the password's stretching`,
      value: signInMs,
      unit: 'ms',
    };
    yield aimed(`${platform}: from there to the list, ${of}`, listMs, aimListMs);
    yield { suite, name: `${platform}: open a conversation then`, value: openMs, unit: 'ms' };
    yield {
      suite,
      name: `${platform}: everything here and all groups joined, behind it`,
      value: joinedMs,
      unit: 'ms',
    };
  }

  const met = await device.comeBack(work);
  await device.leave();
  yield {
    suite,
    name: `Chromium: usable after another device came to all ${conversations} conversations`,
    value: met.usableMs,
    unit: 'ms',
  };
  yield { suite, name: 'Chromium: complete after that', value: met.completeMs, unit: 'ms' };

  await server.kill();
  const newestTexts = await population.write(missed / missedConversations, missedConversations);
  await server.start();
  const expected = workOf({ ...place, newestTexts });
  const back = {
    Node: await comeBackInNode(server.address, dataFolder, expected),
    Chromium: await device.comeBack(expected),
  };
  await device.close();
  const away = `${missed.toLocaleString('en')} messages in ${missedConversations} conversations missed`;
  for (const platform of ['Node', 'Chromium'] as const) {
    const { usableMs, completeMs } = back[platform];
    yield aimed(`${platform}: usable after two weeks, ${away}`, usableMs, aimUsableMs);
    yield { suite, name: `${platform}: complete after two weeks`, value: completeMs, unit: 'ms' };
  }
}

async function* restoreAllRows(place: Place, openings: Openings): AsyncIterable<Row> {
  const { server, folder } = place;
  const work = workOf(place);
  const node = await restoreInNode(server.address, join(folder, 'device'), work);
  yield restoreRow('Node', work.messages, node.completeMs, openings.node.keptFloor);
  const device = await openChromiumDevice(server.address);
  const chromium = await device.restore(work);
  await device.close();
  yield restoreRow('Chromium', work.messages, chromium.completeMs, openings.chromium.keptFloor);
}

/** `floorMicroseconds`: to open one message with the bare primitives. */
function restoreRow(platform: Platform, messages: number, ms: number, floorMicroseconds: number): Row {
  const value = (messages / ms) * 1000;
  const floor = 1e6 / floorMicroseconds;
  const name = `${platform}: restore ${messages.toLocaleString('en')} messages, stored and searchable`;
  return { suite, name, value, unit: 'messages/s', floor, ratio: value / floor };
}

function aimed(name: string, value: number, aimMs: number): Row {
  return { suite, name, value, unit: 'ms', aim: `<= ${aimMs} ms`, holds: value <= aimMs };
}

function workOf({ population, newestTexts }: Place) {
  return { ...populationUser, messages: population.messages, newestTexts };
}

async function* withPlace(
  messages: number,
  measure: (place: Place) => AsyncIterable<Row>,
): AsyncIterable<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-bench-'));
  const [data, web] = [join(folder, 'server'), join(folder, 'web')];
  for (const path of [data, web]) mkdirSync(path);
  try {
    const population = await Population.create(data, conversations);
    const newestTexts = await population.write(messages / conversations);
    await buildRestorePage(web);
    const server = await startServerProcess({ SOTTO_DATA: data, SOTTO_WEB: web });
    try {
      yield* measure({ population, newestTexts, server, folder });
    } finally {
      await server.remove();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
