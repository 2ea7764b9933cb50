/**
 * The one player of sounds: what plays goes on while another conversation is open, and one voice message leads on to the next
 * of its conversation.
 */
import { useSyncExternalStore } from 'react';
import type {
  AttachmentProblem,
  AttachmentRef,
  AttachmentView,
  MessageTimerView,
  MessageView,
  SottoApi,
} from '../../sotto.ts';
import { words } from '../../words.ts';
import { safeFileName } from '../fileName.ts';
import { showPlayer } from '../stage.ts';
import { keyOf } from '../transfer/pictures.ts';
import { openSound, type Stream } from '../transfer/streams.ts';

export interface Track {
  readonly attachment: AttachmentRef;
  readonly view: AttachmentView;
  readonly order: number;
  /** Of its message. */
  readonly timer: MessageTimerView | null;
  /** Whose it is, for the player's bar. */
  readonly from: string;
}
export interface PlayerState {
  readonly track: Track | null;
  readonly playing: boolean;
  readonly positionMs: number;
  readonly problem: AttachmentProblem['kind'] | 'notPlayed' | null;
}

export const rates = [1, 1.5, 2] as const;
const lookedThrough = 40;
const rateName = 'voiceRate';

const idle: PlayerState = { track: null, playing: false, positionMs: 0, problem: null };
let state = idle;
let rate = readRate();
let element: HTMLAudioElement | null = null;
let source: Stream | null = null;
let engine: SottoApi | null = null;
/** Counts what was asked for: an answer to an earlier wish comes too late. */
let wish = 0;
const listeners = new Set<() => void>();

function readRate(): number {
  const stored = Number(localStorage.getItem(`sotto.${rateName}`));
  return rates.find((known) => known === stored) ?? 1;
}

function set(change: Partial<PlayerState>): void {
  state = { ...state, ...change };
  tell();
}

function tell(): void {
  for (const listener of [...listeners]) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePlayer(): PlayerState {
  return useSyncExternalStore(subscribe, () => state);
}
export function useRate(): number {
  return useSyncExternalStore(subscribe, () => rate);
}

export function isTrack({ track }: PlayerState, attachment: AttachmentRef): boolean {
  return track !== null && keyOf(track.attachment) === keyOf(attachment);
}

/** Plays from the beginning, or from `positionMs`; what is playing already goes on. */
export async function play(sotto: SottoApi, track: Track, positionMs = 0): Promise<void> {
  if (element !== null && isTrack(state, track.attachment)) {
    await element.play().catch(() => set({ problem: 'notPlayed' }));
    return;
  }
  wish += 1;
  const own = wish;
  release();
  engine = sotto;
  state = { track, playing: true, positionMs, problem: null };
  showPlayer();
  tell();
  const stream = await openSound(sotto, track.attachment, track.view);
  if (own !== wish) stream.close();
  else if (stream.address === null) set({ playing: false, problem: stream.problem ?? 'notPlayed' });
  else start(stream, stream.address, positionMs);
}

function start(stream: Stream, address: string, positionMs: number): void {
  source = stream;
  const audio = new Audio(address);
  element = audio;
  audio.playbackRate = rate;
  const isCurrent = (): boolean => element === audio;
  audio.addEventListener('play', () => isCurrent() && set({ playing: true, problem: null }));
  audio.addEventListener('pause', () => isCurrent() && set({ playing: false }));
  audio.addEventListener('timeupdate', () => isCurrent() && set({ positionMs: audio.currentTime * 1000 }));
  audio.addEventListener('ended', () => isCurrent() && goOn());
  audio.addEventListener('error', () => isCurrent() && set({ playing: false, problem: 'notPlayed' }));
  if (positionMs > 0) audio.currentTime = positionMs / 1000;
  audio.play().catch(() => isCurrent() && set({ playing: false, problem: 'notPlayed' }));
}

export function pause(): void {
  element?.pause();
}

export function seek(positionMs: number): void {
  if (element === null) return;
  element.currentTime = positionMs / 1000;
  set({ positionMs });
}

export function setRate(next: number): void {
  rate = next;
  localStorage.setItem(`sotto.${rateName}`, String(next));
  if (element !== null) element.playbackRate = next;
  tell();
}

export function close(): void {
  wish += 1;
  release();
  set(idle);
}

function release(): void {
  element?.pause();
  element = null;
  source?.close();
  source = null;
}

async function goOn(): Promise<void> {
  const { track } = state;
  const own = wish;
  set({ playing: false, positionMs: 0 });
  const sotto = engine;
  const isVoice = track !== null && sotto !== null && track.view.kind === 'voice';
  const next = isVoice ? await nextVoice(sotto, track).catch(() => null) : null;
  if (own !== wish) return;
  if (next === null || sotto === null) close();
  else await play(sotto, next);
}

/** The next voice message after `track`, where it is near. */
async function nextVoice(sotto: SottoApi, { attachment, order }: Track): Promise<Track | null> {
  const { conversationId } = attachment;
  const page = await sotto.readMessages({ conversationId, afterOrder: order, limit: lookedThrough });
  for (const message of page.messages) {
    const track = voiceTrack(message);
    if (track !== null) return track;
  }
  return null;
}

function voiceTrack(message: MessageView): Track | null {
  if (message.body.kind !== 'text') return null;
  const index = message.body.attachments.findIndex(({ kind, views }) => kind === 'voice' && views === null);
  return index < 0 ? null : trackOf(message, index);
}

export function trackOf(message: MessageView, index: number): Track | null {
  const view = message.body.kind === 'text' ? message.body.attachments[index] : undefined;
  if (view === undefined) return null;
  const { conversationId, messageId, order, mine, sender, timer } = message;
  const from = mine ? words.common.you : sender.username;
  const named = { ...view, name: safeFileName(view.name) };
  return { attachment: { conversationId, messageId, index }, view: named, order, timer, from };
}
