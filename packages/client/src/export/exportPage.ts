/**
 * `index.html` of an export (spec/search.md §Export): one page that needs nothing else. Invariant: whatever people
 * wrote is text in it, and it loads and runs nothing.
 */
import type { CallLineView, GroupCallLineView, MessageBodyView, MessageView, Notice } from '../api.ts';
import { attachmentsOf, missingSentence } from './exportMedia.ts';
import { dateOf, type ExportSource } from './exportSource.ts';
import { groupSentence } from './groupSentence.ts';

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 0 auto; padding: 1.5rem; }
h2 { margin-top: 3rem; border-top: 1px solid; padding-top: 1rem; }
h3 { text-align: center; font-size: .9rem; }
section { content-visibility: auto; contain-intrinsic-size: auto 40rem; }
article { margin: .6rem 3rem .6rem 0; padding: .5rem .8rem; border: 1px solid #8886; border-radius: .8rem; }
article.mine { margin: .6rem 0 .6rem 3rem; background: #8882; }
article ul { margin: .3rem 0 0; padding-left: 1.2rem; overflow-wrap: anywhere; }
article p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
article footer, .notice { font-size: .8rem; opacity: .8; }
.notice { text-align: center; }
`;

const notices: Readonly<Record<Exclude<Notice['kind'], 'groupChanged' | 'timer'>, string>> = {
  conversationStarted: 'Chat started.',
  startedWithoutHistory: 'Chat started, with history off.',
  deviceJoined: 'A device joined.',
  deviceLeft: 'A device left.',
  joinedLate: 'The exporting device joined here.',
  healed: 'The keys of this chat were renewed on the exporting device.',
  historyOff: 'History was turned off.',
  historyOn: 'History was turned on.',
  historyStaysOff: 'History was turned on by one side and stayed off.',
  historyGap: 'Messages sent while history was off are not on the exporting device.',
  disappeared: 'Messages disappeared before the exporting device got them.',
};

/** Pieces of the page. Times are in the zone of the device that makes it. */
export function* exportPage(source: ExportSource): Generator<string> {
  const { account, madeAtMs, conversations } = source;
  const moments = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'long' });
  const days = new Intl.DateTimeFormat('en', { dateStyle: 'full' });
  const clock = new Intl.DateTimeFormat('en', { timeStyle: 'short' });
  const title = `Messages of @${account.username}`;
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>Made with Sotto on ${escapeHtml(moments.format(dateOf(madeAtMs)))}: all messages that were readable on one device. Anyone who has this file can read them.</p>
<nav aria-label="Chats"><ol>
${conversations.map((one, at) => `<li><a href="#chat-${at}"><bdi>${escapeHtml(one.title)}</bdi></a> (${one.messageCount})</li>`).join('\n')}
</ol></nav>
`;
  for (const [at, conversation] of conversations.entries()) {
    yield `<section id="chat-${at}">\n<h2><bdi>${escapeHtml(conversation.title)}</bdi></h2>\n`;
    let day = '';
    for (const page of conversation.pages(true)) {
      const lines: string[] = [];
      for (const message of page) {
        const sent = dateOf(message.sentAtMs);
        const itsDay = days.format(sent);
        if (itsDay !== day) lines.push(`<h3>${escapeHtml(itsDay)}</h3>`);
        day = itsDay;
        lines.push(exportedMessage(message, sent, clock.format(sent), exportedFiles(source, at, message)));
      }
      yield `${lines.join('\n')}\n`;
    }
    yield '</section>\n';
  }
  yield '</body>\n</html>\n';
}

function exportedMessage(message: MessageView, sent: Date, time: string, files: string): string {
  const { body, mine, sender, state } = message;
  const when = `<time datetime="${sent.toISOString()}">${escapeHtml(time)}</time>`;
  if (body.kind === 'notice') return `<p class="notice">${exportedNotice(body.notice)} ${when}</p>`;
  const unsent = state === 'waiting' || state === 'failed' ? ', not sent' : '';
  const who = `<bdi>${escapeHtml(sender.username)}</bdi>`;
  return `<article${mine ? ' class="mine"' : ''}><p dir="auto">${shownBody(body)}</p>${files}<footer>${who}, ${when}${unsent}</footer></article>`;
}

/** What a line by Sotto says, as HTML. */
function exportedNotice(notice: Notice): string {
  if (notice.kind === 'timer') return timerSentence(notice.seconds);
  if (notice.kind !== 'groupChanged') return notices[notice.kind];
  const { account, change, also } = notice;
  return escapeHtml([change, ...(also ?? [])].map((one) => groupSentence(account, one)).join(' '));
}

function shownBody(body: Exclude<MessageBodyView, { kind: 'notice' }>): string {
  if (body.kind === 'deleted') return '<em>This message was deleted.</em>';
  if (body.kind === 'unreadable') return '<em>This message cannot be opened here.</em>';
  if (body.kind === 'call') return exportedCall(body.call);
  if (body.kind === 'groupCall') return exportedGroupCall(body.call);
  return escapeHtml(body.text === '' && body.sticker !== null ? body.sticker.emoji : body.text);
}

function exportedCall({ hasVideo, isMissed, durationMs }: CallLineView): string {
  const name = hasVideo ? 'video call' : 'voice call';
  if (isMissed) return `Missed ${name}`;
  return `${name[0]!.toUpperCase()}${name.slice(1)}${minutesOf(durationMs)}`;
}

function exportedGroupCall({ hasVideo, isMissed, durationMs }: GroupCallLineView): string {
  return `${isMissed ? 'Missed group' : 'Group'} ${hasVideo ? 'video call' : 'voice call'}${minutesOf(durationMs)}`;
}

const minutesOf = (durationMs: number | null): string =>
  durationMs === null ? '' : `, ${Math.max(1, Math.round(durationMs / 60_000))} min`;

/** Opened from this page: pictures, sound and video. Whatever else a file is, it is only named. */
const openedTypes = /\.(?:jpe?g|png|gif|webp|avif|mp4|webm|mov|mp3|m4a|ogg|opus|wav|flac|aac)$/i;

function exportedFiles(source: ExportSource, chat: number, message: MessageView): string {
  const lines = attachmentsOf(message).map((view, index) => {
    const name = `<bdi>${escapeHtml(view.name)}</bdi>`;
    const place = source.placeOf(chat, message, index, view);
    if (place.kind === 'missing')
      return `<li>${name} (not in this archive: ${missingSentence(place.reason)})</li>`;
    const { path } = place;
    if (!openedTypes.test(path)) return `<li>${name} (${escapeHtml(path)})</li>`;
    const address = path.toWellFormed().split('/').map(encodeURIComponent).join('/');
    return `<li><a href="${escapeHtml(address)}">${name}</a></li>`;
  });
  return lines.length === 0 ? '' : `<ul>${lines.join('')}</ul>`;
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for HTML's content and quoted attributes; what HTML cannot hold becomes U+FFFD. */
function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[&<>"']/g, (character) => escapes[character] ?? '')
    .replace(/(?![\t\n])[\p{Cc}\p{Noncharacter_Code_Point}]/gu, '\uFFFD');
}

function timerSentence(seconds: number): string {
  if (seconds === 0) return 'Disappearing messages were turned off.';
  return `Messages were set to disappear after ${seconds} s.`;
}
