/**
 * What this page watches in which slot (spec/groupCallMedia.md, "What is watched"): the sound of all first, then the pictures
 * that are shown. What stays wanted stays in its slot, so that nothing breaks off when others come and go.
 */
import type { JoinId, PictureSource, WantedPicture } from './groupCallSession.ts';

type WatchedSource = PictureSource | 'microphone' | 'screenSound';

/** One of the others. */
export interface WatchedPerson {
  readonly joinId: JoinId;
  readonly isMuted: boolean;
  readonly hasCamera: boolean;
  readonly isSharing: boolean;
  readonly isAudience: boolean;
  /** What they send can be opened here. Without it a decoder would ask for key frames for ever. */
  readonly hasKeys: boolean;
}

export interface Watch {
  readonly joinId: JoinId;
  readonly source: WatchedSource;
  /** 0 the smallest picture, 2 the largest; 0 for sound. */
  readonly maxLayer: 0 | 1 | 2;
  readonly isPriority: boolean;
}

export interface WatchSlots<Slot> {
  readonly sounds: readonly Slot[];
  readonly pictures: readonly Slot[];
}

export interface WatchPlan<Slot> {
  readonly watches: ReadonlyMap<Slot, Watch>;
  /** How many more slots would be used. */
  readonly missing: { readonly sounds: number; readonly pictures: number };
}

/** The largest layer is as wide as the camera's picture, usually this; each other one half as wide. */
const largestWidthPx = 1280;
/** A picture may be shown somewhat larger than it is. */
const stretch = 1.25;
/** A picture this much wider than any other is what is looked at. */
const emphasis = 1.5;

export function planWatches<Slot>(
  slots: WatchSlots<Slot>,
  others: readonly WatchedPerson[],
  wanted: readonly WantedPicture[],
  before: ReadonlyMap<Slot, Watch>,
): WatchPlan<Slot> {
  const reachable = others.filter(({ hasKeys }) => hasKeys);
  const sounds = soundsOf(reachable);
  const pictures = picturesOf(reachable, wanted);
  return {
    watches: new Map([...fill(slots.sounds, sounds, before), ...fill(slots.pictures, pictures, before)]),
    missing: {
      sounds: Math.max(0, sounds.length - slots.sounds.length),
      pictures: Math.max(0, pictures.length - slots.pictures.length),
    },
  };
}

/** Who is muted has a slot too where there is one, so that their first word is heard. */
function soundsOf(people: readonly WatchedPerson[]): Watch[] {
  const senders = people.filter(({ isAudience }) => !isAudience);
  const watch = (source: WatchedSource) => (person: WatchedPerson) => ({
    joinId: person.joinId,
    source,
    maxLayer: 0 as const,
    isPriority: false,
  });
  return [
    ...senders.filter(({ isMuted }) => !isMuted).map(watch('microphone')),
    ...people.filter(({ isSharing }) => isSharing).map(watch('screenSound')),
    ...senders.filter(({ isMuted }) => isMuted).map(watch('microphone')),
  ];
}

function picturesOf(people: readonly WatchedPerson[], wanted: readonly WantedPicture[]): Watch[] {
  const widths = wanted.map(({ widthPx }) => widthPx).sort((one, other) => other - one);
  const [widest = 0, next = 0] = widths;
  const watches = new Map<string, Watch>();
  for (const { joinId, source, widthPx } of wanted) {
    const person = people.find((one) => one.joinId === joinId);
    const isSent = source === 'camera' ? person?.hasCamera : person?.isSharing;
    const key = `${joinId} ${source}`;
    if (isSent !== true) continue;
    const isLookedAt = widthPx === widest && widest >= next * emphasis;
    const maxLayer = source === 'screen' ? 0 : layerFor(widthPx);
    const earlier = watches.get(key);
    watches.set(key, {
      joinId,
      source,
      // The same one may be shown twice.
      maxLayer: earlier === undefined || maxLayer > earlier.maxLayer ? maxLayer : earlier.maxLayer,
      isPriority: source === 'screen' || isLookedAt || earlier?.isPriority === true,
    });
  }
  return [...watches.values()];
}

function layerFor(widthPx: number): 0 | 1 | 2 {
  if (widthPx <= (largestWidthPx / 4) * stretch) return 0;
  return widthPx <= (largestWidthPx / 2) * stretch ? 1 : 2;
}

function fill<Slot>(
  slots: readonly Slot[],
  wanted: readonly Watch[],
  before: ReadonlyMap<Slot, Watch>,
): Map<Slot, Watch> {
  const waiting = wanted.slice(0, slots.length);
  const filled = new Map<Slot, Watch>();
  const free: Slot[] = [];
  for (const slot of slots) {
    const earlier = before.get(slot);
    const at = waiting.findIndex(
      ({ joinId, source }) => joinId === earlier?.joinId && source === earlier.source,
    );
    const [stays] = at < 0 ? [] : waiting.splice(at, 1);
    if (stays === undefined) free.push(slot);
    else filled.set(slot, stays);
  }
  // Slots that were never used before those in which somebody else was seen last.
  free.sort((one, other) => Number(before.has(one)) - Number(before.has(other)));
  for (const [at, watch] of waiting.entries()) filled.set(free[at] as Slot, watch);
  // In the order in which they are wanted: the relay gives what there is to the first.
  return new Map([...filled].sort(([, one], [, other]) => orderOf(wanted, one) - orderOf(wanted, other)));
}

function orderOf(wanted: readonly Watch[], watch: Watch): number {
  return wanted.indexOf(watch);
}
