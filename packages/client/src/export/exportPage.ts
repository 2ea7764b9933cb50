/**
 * `index.html` of an export (spec/search.md §Export): one page that needs nothing else. Invariant: whatever people
 * wrote is text in it, and it loads and runs nothing.
 */
import type { MessageBodyView, MessageView, Notice } from '../api.ts';
import { dateOf, type ExportSource } from './exportSource.ts';

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 0 auto; padding: 1.5rem; }
h2 { margin-top: 3rem; border-top: 1px solid; padding-top: 1rem; }
h3 { text-align: center; font-size: .9rem; }
section { content-visibility: auto; contain-intrinsic-size: auto 40rem; }
article { margin: .6rem 3rem .6rem 0; padding: .5rem .8rem; border: 1px solid #8886; border-radius: .8rem; }
article.mine { margin: .6rem 0 .6rem 3rem; background: #8882; }
article p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
article footer, .notice { font-size: .8rem; opacity: .8; }
.notice { text-align: center; }
`;

const notices: Readonly<Record<Notice['kind'], string>> = {
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
};

/** Pieces of the page. Times are in the zone of the device that makes it. */
export function* exportPage({ account, madeAtMs, conversations }: ExportSource): Generator<string> {
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
    for (const page of conversation.pages()) {
      const lines: string[] = [];
      for (const message of page) {
        const sent = dateOf(message.sentAtMs);
        const itsDay = days.format(sent);
        if (itsDay !== day) lines.push(`<h3>${escapeHtml(itsDay)}</h3>`);
        day = itsDay;
        lines.push(exportedMessage(message, sent, clock.format(sent)));
      }
      yield `${lines.join('\n')}\n`;
    }
    yield '</section>\n';
  }
  yield '</body>\n</html>\n';
}

function exportedMessage(message: MessageView, sent: Date, time: string): string {
  const { body, mine, sender, state } = message;
  const when = `<time datetime="${sent.toISOString()}">${escapeHtml(time)}</time>`;
  if (body.kind === 'notice') return `<p class="notice">${notices[body.notice.kind]} ${when}</p>`;
  const unsent = state === 'waiting' || state === 'failed' ? ', not sent' : '';
  const who = `<bdi>${escapeHtml(sender.username)}</bdi>`;
  return `<article${mine ? ' class="mine"' : ''}><p dir="auto">${shownBody(body)}</p><footer>${who}, ${when}${unsent}</footer></article>`;
}

function shownBody(body: Exclude<MessageBodyView, { kind: 'notice' }>): string {
  return body.kind === 'text' ? escapeHtml(body.text) : '<em>This message cannot be opened here.</em>';
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
