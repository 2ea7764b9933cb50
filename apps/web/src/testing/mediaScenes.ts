/** Chats with everything that goes beside a text, to look at and to test. */
import type { AccountId, AttachmentView, SentStickerView } from '../sotto.ts';
import { plainText } from '../sotto.ts';
import { type FixtureSeed, fixtureId } from './fixtureConversation.ts';
import { attachment, limited, media } from './fixtureMedia.ts';

const photo = (name: string, width: number, height: number, change: Partial<AttachmentView> = {}) =>
  attachment({ kind: 'photo', name, width, height, mediaType: 'image/webp', ...change });

const spoken = Uint8Array.from({ length: 60 }, (_, index) =>
  Math.round(255 * Math.abs(Math.sin(index * 0.7) * Math.cos(index * 0.19))),
);
const voice = (durationMs: number, change: Partial<AttachmentView> = {}): AttachmentView =>
  attachment({ kind: 'voice', name: 'Voice.wav', durationMs, waveform: spoken, ...change });

const sticker = (name: string, emoji: string): SentStickerView => ({
  pack: 'harbour',
  sticker: name,
  emoji,
  picture: null,
});

const turned = 'holiday‮gpj.exe';

export const mediaChats: readonly FixtureSeed[] = [
  {
    peer: { accountId: fixtureId<AccountId>(7), username: 'jonas' },
    online: true,
    lines: [
      { minutesAgo: 64_000, body: media([photo('old jetty', 1200, 900)]) },
      { minutesAgo: 63_990, body: media([photo('old boat', 900, 1200), photo('old rope', 900, 900)]) },
      { mine: true, minutesAgo: 63_980, body: 'The tide tables: https://tides.example/harbour/north' },
      {
        minutesAgo: 320,
        body: media([photo('morning', 1600, 1067)], 'The quay at six, before anybody was there.'),
      },
      { mine: true, minutesAgo: 300, body: media([photo('tall mast', 900, 1600)]) },
      {
        minutesAgo: 280,
        body: media([photo('one', 1200, 900), photo('two', 900, 1200)], 'Two from the ferry'),
      },
      {
        mine: true,
        minutesAgo: 270,
        body: media([photo('a', 1200, 900), photo('bb', 900, 1200), photo('ccc', 800, 800)]),
      },
      {
        minutesAgo: 260,
        body: media(
          ['dawn', 'gulls', 'nets', 'ropes', 'crates', 'lights', 'moon'].map((name) =>
            photo(name, 1200, 900),
          ),
        ),
      },
      {
        minutesAgo: 200,
        body: media([
          attachment({
            kind: 'video',
            name: 'Launch.webm',
            mediaType: 'video/webm',
            width: 640,
            height: 360,
            durationMs: 2000,
            sizeBytes: 1_800_000,
          }),
        ]),
      },
      { minutesAgo: 190, body: media([voice(7000)]) },
      { minutesAgo: 189, body: media([voice(4000)]) },
      { mine: true, minutesAgo: 180, body: media([voice(63_000, { transfer: { kind: 'here' } })]) },
    ],
  },
  {
    peer: { accountId: fixtureId<AccountId>(12), username: 'ida.lund' },
    lines: [
      {
        minutesAgo: 90,
        body: media([
          attachment({ kind: 'file', name: 'Harbour plan 2026.pdf', sizeBytes: 4_210_000 }),
          attachment({ kind: 'file', name: 'Tables.xlsx', sizeBytes: 88_000, transfer: { kind: 'here' } }),
        ]),
      },
      { minutesAgo: 88, body: media([attachment({ kind: 'file', name: turned, sizeBytes: 9000 })]) },
      {
        minutesAgo: 86,
        body: media([
          attachment({
            kind: 'file',
            name: 'Everything.zip',
            sizeBytes: 1_900_000_000,
            transfer: {
              kind: 'downloading',
              doneBytes: 700_000_000,
              totalBytes: 1_900_000_000,
              paused: false,
            },
          }),
        ]),
      },
      {
        mine: true,
        minutesAgo: 80,
        state: 'waiting',
        body: media([
          photo('sending', 1200, 900, {
            transfer: { kind: 'uploading', doneBytes: 300_000, totalBytes: 900_000, paused: false },
          }),
        ]),
      },
      {
        mine: true,
        minutesAgo: 79,
        state: 'waiting',
        body: media([
          attachment({
            kind: 'file',
            name: 'Film.mkv',
            sizeBytes: 812_000_000,
            transfer: { kind: 'uploading', doneBytes: 406_000_000, totalBytes: 812_000_000, paused: true },
          }),
        ]),
      },
      {
        minutesAgo: 60,
        body: media([photo('gone', 1200, 900, { transfer: { kind: 'failed', reason: 'gone' } })]),
      },
      {
        minutesAgo: 59,
        body: media([
          attachment({ kind: 'file', name: 'Swapped.bin', transfer: { kind: 'failed', reason: 'damaged' } }),
        ]),
      },
      { minutesAgo: 40, body: media([photo('secret', 900, 1200, { views: limited(1) })]) },
      { minutesAgo: 39, body: media([voice(5000, { views: limited(1), waveform: new Uint8Array() })]) },
      {
        minutesAgo: 38,
        body: media([photo('seen', 900, 1200, { views: limited(1, { state: 'over', seen: 1 }) })]),
      },
      {
        mine: true,
        minutesAgo: 37,
        body: media([photo('mine', 900, 1200, { views: limited(1, { recipients: 1 }) })]),
      },
      { minutesAgo: 36, body: media([photo('thrice', 900, 1200, { views: limited(3, { seen: 1 }) })]) },
      {
        mine: true,
        minutesAgo: 35,
        body: media([
          photo('mine thrice', 900, 1200, { views: limited(3, { seen: 1, viewers: 1, recipients: 1 }) }),
        ]),
      },
      { minutesAgo: 20, body: { kind: 'text', text: '', ...plainText, sticker: sticker('hello', '👋') } },
      {
        mine: true,
        minutesAgo: 19,
        body: { kind: 'text', text: '', ...plainText, sticker: sticker('boat', '⛵') },
      },
      {
        minutesAgo: 18,
        body: { kind: 'text', text: '', ...plainText, sticker: { ...sticker('x', '🐟'), pack: 'unknown' } },
      },
      {
        minutesAgo: 17,
        body: {
          kind: 'text',
          text: '',
          ...plainText,
          sticker: {
            ...sticker('2', '🐟'),
            pack: 'harbour-days',
            picture: attachment({
              kind: 'photo',
              name: 'drawn fish',
              width: 160,
              height: 160,
              sizeBytes: 60_000,
            }),
          },
        },
      },
      {
        minutesAgo: 10,
        body: media([
          attachment({
            kind: 'audio',
            name: 'Shanty in the rain, third take.wav',
            durationMs: 9000,
          }),
        ]),
      },
    ],
  },
  { peer: { accountId: fixtureId<AccountId>(31), username: 'quiet' }, lines: [] },
];
