import { createKeyPackages, type NewKeyPackage } from '@sotto/crypto';
import { limits, Connection as Methods } from '@sotto/protocol';
import { cryptoContext, type DeviceContext } from '../device/deviceContext.ts';
import {
  deleteKeyPackagesBefore,
  deleteUsedLastResort,
  hasUsedLastResort,
  insertKeyPackage,
  lastResortCreatedAtMs,
  markPublished,
  unpublishedKeyPackages,
} from './keyPackageTable.ts';

const dayMs = 24 * 3_600_000;
/** Packages live 90 days (crypto); what may still come in a Welcome of that time is kept a little longer. */
const keptMs = 120 * dayMs;
const lastResortRenewedMs = 60 * dayMs;
/** Made in one step: other steps wait meanwhile. */
const madePerStep = 5;
/** Enough for whoever adds a new device before it has read anything; the pool is filled after that. */
export const firstKeyPackages = 5;

/**
 * Fills this device's pool at the server, up to `atMost` (spec/client.md §KeyPackages). Private parts are durable before
 * anything is published, and what was made but not confirmed is published again: the server passes over
 * repetitions. Ends quietly where the connection is lost: the next one starts it again.
 */
export async function publishKeyPackages(
  device: DeviceContext,
  remaining: number,
  atMost: number = limits.keyPackagesPerDevice,
): Promise<void> {
  const target = Math.min(atMost, device.tuning.keyPackages ?? limits.keyPackagesPerDevice);
  const low = Math.min(limits.keyPackagesLow, target);
  const needsLastResort = device.database.read((sql) => {
    const madeAtMs = lastResortCreatedAtMs(sql);
    return madeAtMs === null || device.clock.now() - madeAtMs > lastResortRenewedMs;
  });
  if (needsLastResort) await make(device, 1, true);
  // Not only once the server has the new one: it could put that off for as long as it likes.
  if (device.database.read(hasUsedLastResort)) {
    await device.steps.run((step) => step.commit(deleteUsedLastResort));
  }
  const unpublished = device.database.read(unpublishedKeyPackages);
  const waiting = unpublished.filter((stored) => !stored.lastResort).length;
  let wanted = remaining < low ? target - remaining - waiting : 0;
  while (wanted > 0) {
    await make(device, Math.min(wanted, madePerStep), false);
    wanted -= madePerStep;
  }
  const toPublish = device.database.read(unpublishedKeyPackages);
  if (toPublish.length === 0) return;
  const single = toPublish.filter((stored) => !stored.lastResort).slice(0, limits.keyPackagesPerRequest);
  const lastResort = toPublish.filter((stored) => stored.lastResort).at(-1);
  const result = await device.connection.call(Methods.method.publishKeyPackages, {
    keyPackages: single.map((stored) => stored.keyPackage),
    ...(lastResort === undefined ? {} : { lastResort: lastResort.keyPackage }),
  });
  if (result.kind !== 'answer') return;
  const published = lastResort === undefined ? single : [...single, lastResort];
  await device.steps.run((step) =>
    step.commit((sql) => {
      markPublished(
        sql,
        published.map((stored) => stored.ref),
      );
      deleteKeyPackagesBefore(sql, device.clock.now() - keptMs);
    }),
  );
}

async function make(device: DeviceContext, count: number, lastResort: boolean): Promise<void> {
  await device.steps.run(async (step) => {
    const { suite } = device.tuning;
    const created: readonly NewKeyPackage[] = await createKeyPackages(
      cryptoContext(device),
      device.self,
      count,
      { lastResort, ...(suite === undefined ? {} : { suite }) },
    );
    await step.commit((sql) => {
      for (const keyPackage of created) insertKeyPackage(sql, keyPackage, device.clock.now());
    });
  });
}
