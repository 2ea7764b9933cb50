/** The fixture's attachments and stickers: files live in memory; pictures, sounds and films of scenes are made when they are read. */
import { rgbaToThumbHash } from 'thumbhash';
import type {
  AttachmentRef,
  AttachmentView,
  MediaApi,
  MessageBodyView,
  MessageView,
  NewAttachment,
  SentStickerView,
  StickerPackView,
  StickerView,
  TransactionId,
  TransferView,
  ViewsView,
} from '../sotto.ts';
import { plainText, stickerIndex } from '../sotto.ts';
import type { FixtureConversation } from './fixtureConversation.ts';
import { colourOf, drawPicture, filledUp, filmFrom, soundOf, soundSizeBytes } from './fixtureFiles.ts';

export interface FixtureMedia {
  readonly api: MediaApi;
  /** What the views of a new message show of its attachments; their bytes are kept. */
  takeIn(messageId: TransactionId, attachments: readonly NewAttachment[]): AttachmentView[];
  readonly sent: readonly NewAttachment[];
  /** A message with what is called a photo. */
  photo(name: string, bytes: Uint8Array<ArrayBuffer>): MessageBodyView;
}
interface FixtureMediaOptions {
  readonly byId: (id: AttachmentRef['conversationId']) => FixtureConversation | undefined;
  readonly put: (conversation: FixtureConversation, message: MessageView) => void;
  readonly pause: () => Promise<void>;
  readonly calls: string[];
}

const none = new Uint8Array();

/** An attachment of a scene: `name` decides how its picture looks. */
export function attachment(change: Partial<AttachmentView> & Pick<AttachmentView, 'kind'>): AttachmentView {
  const { width = 0, height = 0, durationMs = 0 } = change;
  const name = change.name ?? `${change.kind}.bin`;
  return {
    name,
    mediaType: 'application/octet-stream',
    sizeBytes: durationMs > 0 && change.kind !== 'video' ? soundSizeBytes(durationMs) : 240_000,
    width,
    height,
    durationMs,
    thumbnail: none,
    placeholder: width > 0 && change.views === undefined ? placeholderOf(name, width, height) : none,
    waveform: none,
    views: null,
    transfer: { kind: 'remote' },
    ...change,
  };
}

/** Of a file that can be looked at so many times. */
export function limited(limit: number, change: Partial<ViewsView> = {}): ViewsView {
  return { limit, state: 'closed', seen: 0, viewers: 0, recipients: 0, ...change };
}

export function media(
  attachments: readonly AttachmentView[],
  text = '',
): Extract<MessageBodyView, { kind: 'text' }> {
  return { kind: 'text', text, ...plainText, attachments };
}

/** The fixture draws a picture of its own for each. */
export function sentSticker({ pack, sticker, emoji, image }: StickerView): SentStickerView {
  const name = `${pack} ${sticker}`;
  const picture =
    image.length === 0
      ? null
      : attachment({ kind: 'photo', name, width: 160, height: 160, sizeBytes: 60_000 });
  return { pack, sticker, emoji, picture };
}

function placeholderOf(name: string, width: number, height: number): Uint8Array {
  const scale = 32 / Math.max(width, height);
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  const pixels = new Uint8Array(w * h * 4);
  for (let index = 0; index < w * h; index += 1) {
    pixels.set([...colourOf(name, Math.floor(index / w) / h), 255], index * 4);
  }
  return rgbaToThumbHash(w, h, pixels);
}

export function createFixtureMedia({ byId, put, pause, calls }: FixtureMediaOptions): FixtureMedia {
  const files = new Map<string, Promise<Blob>>();
  let fetchLimit = 500 * 1024 * 1024;
  let fetchedBytes = 83_400_000;
  let packs: StickerPackView[] = [];
  const sent: NewAttachment[] = [];
  /** Files of received messages, by name. */
  const given = new Map<string, Blob>();
  const keyOf = ({ messageId, index }: Pick<AttachmentRef, 'messageId' | 'index'>): string =>
    `${messageId}/${index}`;
  const find = (ref: AttachmentRef) => {
    const conversation = byId(ref.conversationId);
    const message = conversation?.messages.find(({ messageId }) => messageId === ref.messageId);
    const body = message?.body;
    if (conversation === undefined || message === undefined || body?.kind !== 'text') return null;
    const view = ref.index === stickerIndex ? body.sticker?.picture : body.attachments[ref.index];
    return view === undefined || view === null ? null : { conversation, message, body, view };
  };
  const change = (ref: AttachmentRef, by: Partial<AttachmentView>): void => {
    const found = find(ref);
    if (found === null) return;
    const { conversation, message, body } = found;
    const attachments = body.attachments.map((view, index) =>
      index === ref.index ? { ...view, ...by } : view,
    );
    put(conversation, { ...message, body: { ...body, attachments } });
  };
  const transferOf = (ref: AttachmentRef): TransferView | undefined => find(ref)?.view.transfer;
  const setPaused = (ref: AttachmentRef, paused: boolean): void => {
    const transfer = transferOf(ref);
    if (transfer === undefined) return;
    if (transfer.kind === 'failed') change(ref, { transfer: { kind: 'remote' } });
    else if ('paused' in transfer) change(ref, { transfer: { ...transfer, paused } });
  };
  const fileOf = (ref: AttachmentRef, view: AttachmentView): Promise<Blob> => {
    const key = keyOf(ref);
    const told = given.get(view.name);
    if (told !== undefined) return Promise.resolve(told);
    const file = files.get(key) ?? make(view).then((made) => filledUp(made, view.sizeBytes));
    files.set(key, file);
    return file;
  };

  const api: MediaApi = {
    pauseTransfer: async (ref) => setPaused(ref, true),
    resumeTransfer: async (ref) => setPaused(ref, false),
    cancelTransfer: async (ref) => {
      calls.push('cancelTransfer');
      change(ref, { transfer: { kind: 'remote' } });
    },
    fetchAttachment: async (ref) => {
      calls.push('fetchAttachment');
      change(ref, { transfer: { kind: 'here' } });
      return { kind: 'ok', value: null };
    },
    readAttachment: async (ref, start, end) => {
      await pause();
      const found = find(ref);
      if (found === null) return { kind: 'problem', problem: { kind: 'unknownMessage' } };
      const { view } = found;
      if (view.transfer.kind === 'failed') {
        return { kind: 'problem', problem: { kind: view.transfer.reason } };
      }
      if (view.views?.state === 'over') return { kind: 'problem', problem: { kind: 'opened' } };
      const file = await fileOf(ref, view);
      return { kind: 'ok', value: new Uint8Array(await file.slice(start, end).arrayBuffer()) };
    },
    beginView: async (conversationId, messageId) => {
      calls.push('beginView');
      const ref = { conversationId, messageId, index: 0 };
      const views = find(ref)?.view.views ?? null;
      if (views?.state !== 'closed') return { kind: 'problem', problem: { kind: 'opened' } };
      change(ref, { views: { ...views, state: 'open', seen: views.seen + 1 } });
      return { kind: 'ok', value: null };
    },
    endView: async (conversationId, messageId) => {
      calls.push('endView');
      const ref = { conversationId, messageId, index: 0 };
      const views = find(ref)?.view.views ?? null;
      if (views?.state !== 'open') return;
      change(ref, { views: { ...views, state: views.seen < views.limit ? 'closed' : 'over' } });
    },
    readGallery: async ({ conversationId, kind, beforeOrder = Number.MAX_SAFE_INTEGER, limit }) => {
      await pause();
      const kinds = {
        media: ['photo', 'video'],
        files: ['file', 'audio'],
        voice: ['voice'],
        links: [],
      }[kind] as string[];
      const messages = (byId(conversationId)?.messages ?? [])
        .filter(({ order, body }) => {
          if (order >= beforeOrder || body.kind !== 'text') return false;
          if (kind === 'links') return /https?:\/\//.test(body.text);
          return body.attachments.some((view) => kinds.includes(view.kind) && view.views === null);
        })
        .reverse();
      return { messages: messages.slice(0, limit), hasOlder: messages.length > limit };
    },
    readStorage: async () => {
      await pause();
      return {
        fetchedBytes,
        limitBytes: fetchLimit,
        serverBytes: 3_200_000_000,
        serverQuotaBytes: 20 * 1024 ** 3,
      };
    },
    clearFetched: async () => {
      fetchedBytes = 0;
    },
    setFetchLimit: async (sizeBytes) => {
      fetchLimit = sizeBytes;
    },
    createStickerPack: async ({ title, author, stickers }) => {
      await pause();
      const link = `made${packs.length}`;
      packs = [
        ...packs,
        {
          link,
          title,
          author,
          installed: true,
          stickers: stickers.map(({ emoji, image }, index) => ({
            pack: link,
            sticker: String(index),
            emoji,
            image,
          })),
        },
      ];
      return { kind: 'ok', value: { link } };
    },
    readStickerPack: async (link) => {
      await pause();
      const found = packs.find((pack) => pack.link === link);
      if (found !== undefined) return { kind: 'ok', value: found };
      if (!link.startsWith('harbour')) return { kind: 'problem', problem: { kind: 'gone' } };
      const made = await harbourPack(link);
      packs = [...packs, made];
      return { kind: 'ok', value: made };
    },
    installStickerPack: async (link, installed) => {
      packs = packs.map((pack) => (pack.link === link ? { ...pack, installed } : pack));
      return { kind: 'ok', value: null };
    },
    listStickerPacks: async () =>
      packs
        .filter(({ installed }) => installed)
        .map(({ link, title, author, stickers }) => ({
          link,
          title,
          author,
          count: stickers.length,
          cover: stickers[0]?.image ?? new Uint8Array(),
          problem: null,
        })),
  };

  return {
    api,
    sent,
    photo: (name, bytes) => {
      given.set(name, new Blob([bytes]));
      const view = { kind: 'photo', name, width: 400, height: 300, sizeBytes: bytes.length } as const;
      return media([attachment(view)]);
    },
    takeIn: (messageId, attachments) => {
      sent.push(...attachments);
      return attachments.map(({ source, views, ...rest }, index) => {
        files.set(keyOf({ messageId, index }), Promise.resolve(source));
        return {
          ...rest,
          sizeBytes: source.size,
          views: views > 0 ? limited(views) : null,
          transfer: { kind: 'here' },
        };
      });
    },
  };
}

async function make(view: AttachmentView): Promise<Blob> {
  switch (view.kind) {
    case 'photo':
      return drawPicture(view.name, view.width, view.height, view.mediaType);
    case 'video':
      return filmFrom(view.name, view.width, view.height, view.durationMs);
    case 'voice':
    case 'audio':
      return soundOf(view.name, view.durationMs);
    case 'file':
      return new Blob([`What is in ${view.name}`]);
  }
}

async function harbourPack(link: string): Promise<StickerPackView> {
  const emoji = ['⛵', '🌊', '🐟', '☕', '🧭', '⚓'];
  const stickers = await Promise.all(
    emoji.map(async (sign, index) => {
      const picture = await drawPicture(`${link}${index}`, 160, 160, 'image/webp');
      return {
        pack: link,
        sticker: String(index),
        emoji: sign,
        image: new Uint8Array(await picture.arrayBuffer()),
      };
    }),
  );
  return { link, title: 'Harbour days', author: 'Ida at the quay', installed: false, stickers };
}
