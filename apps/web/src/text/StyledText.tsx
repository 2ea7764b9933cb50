import { memo, type ReactNode, useState } from 'react';
import type { AccountId, MentionView } from '../sotto.ts';
import { words } from '../words.ts';
import './text.css';
import { type Block, type Inline, textTree } from './textTree.ts';

interface StyledTextProps {
  text: string;
  mentions: readonly MentionView[];
  own: AccountId | null;
}

const longLength = 4000;
const longLines = 60;
const shownLength = 2400;
const shownLines = 36;

/** A message's text with its styles. React elements only: nothing in it is ever HTML. Long ones show their beginning. */
export const StyledText = memo(function StyledText({ text, mentions, own }: StyledTextProps) {
  const [whole, setWhole] = useState(false);
  const cut = whole ? null : cutAt(text);
  const shown = cut === null ? text : text.slice(0, cut);
  if (!hasSigns(text)) return <em className="text-none">{words.messaging.text.unseen}</em>;
  const blocks = textTree(shown, mentions);
  const [first] = blocks;
  return (
    <>
      {blocks.length === 1 && first?.kind === 'paragraph' ? (
        <Inlines inlines={first.children} own={own} />
      ) : (
        blocks.map((block) => <BlockView key={block.at} block={block} own={own} />)
      )}
      {cut !== null && (
        <button type="button" className="text-more" onClick={() => setWhole(true)}>
          {words.messaging.text.more}
        </button>
      )}
      {whole && (
        <button type="button" className="text-more" onClick={() => setWhole(false)}>
          {words.messaging.text.less}
        </button>
      )}
    </>
  );
});

/** Where a long text is cut; null: it is short. */
function cutAt(text: string): number | null {
  if (text.length <= longLength && text.split('\n', longLines + 1).length <= longLines) return null;
  let end = 0;
  for (let line = 0; line < shownLines; line += 1) {
    const next = text.indexOf('\n', end);
    if (next < 0 || next > shownLength) break;
    end = next + 1;
  }
  if (end > 0) return end;
  const unit = text.charCodeAt(shownLength - 1);
  return unit >= 0xd800 && unit < 0xdc00 ? shownLength - 1 : shownLength;
}

/** False for texts of nothing but spaces, unseen signs and marks for other signs. */
function hasSigns(text: string): boolean {
  return /[^\s\p{C}\p{M}\u115f\u1160\u3164\uffa0\u2800]/u.test(text);
}

function BlockView({ block, own }: { block: Block; own: AccountId | null }): ReactNode {
  switch (block.kind) {
    case 'paragraph':
      return (
        <span className="text-paragraph" dir="auto">
          <Inlines inlines={block.children} own={own} />
        </span>
      );
    case 'quote':
      return (
        <blockquote className="text-quote" dir="auto">
          <Inlines inlines={block.children} own={own} />
        </blockquote>
      );
    case 'codeBlock':
      return (
        <pre className="text-pre">
          <code>{block.text}</code>
        </pre>
      );
    case 'list': {
      const items = block.items.map((item) => (
        <li key={item.at} dir="auto">
          <Inlines inlines={item.children} own={own} />
        </li>
      ));
      return block.from === null ? (
        <ul className="text-list">{items}</ul>
      ) : (
        <ol className="text-list" start={block.from}>
          {items}
        </ol>
      );
    }
  }
}

function Inlines({ inlines, own }: { inlines: readonly Inline[]; own: AccountId | null }): ReactNode {
  return inlines.map((inline) => <InlineView key={inline.at} inline={inline} own={own} />);
}

function InlineView({ inline, own }: { inline: Inline; own: AccountId | null }): ReactNode {
  switch (inline.kind) {
    case 'text':
      return inline.text;
    case 'code':
      return <code className="text-code">{inline.text}</code>;
    case 'link':
      return (
        <>
          <a
            href={inline.link.address}
            target="_blank"
            rel="noopener noreferrer nofollow"
            title={inline.link.address}
          >
            {inline.text}
          </a>
          {inline.link.leadsTo !== null && (
            <span className="text-leadsTo" dir="ltr">
              {words.messaging.text.leadsTo(inline.link.leadsTo)}
            </span>
          )}
        </>
      );
    case 'mention':
      return (
        <bdi className="text-mention" data-own={inline.account === null || inline.account.accountId === own}>
          {inline.text}
        </bdi>
      );
    case 'spoiler':
      return (
        <Spoiler>
          <Inlines inlines={inline.children} own={own} />
        </Spoiler>
      );
    case 'bold':
      return (
        <strong>
          <Inlines inlines={inline.children} own={own} />
        </strong>
      );
    case 'italic':
      return (
        <em>
          <Inlines inlines={inline.children} own={own} />
        </em>
      );
    case 'strike':
      return (
        <s>
          <Inlines inlines={inline.children} own={own} />
        </s>
      );
  }
}

/** Hidden until somebody wants to see it, also from screen readers. */
function Spoiler({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState(false);
  if (shown) return <span className="text-spoilerShown">{children}</span>;
  return (
    <span className="text-spoiler">
      <span className="text-spoilerInside" aria-hidden="true" inert>
        {children}
      </span>
      <button
        type="button"
        aria-label={words.messaging.text.spoiler}
        title={words.messaging.text.spoiler}
        onClick={() => setShown(true)}
      />
    </span>
  );
}
