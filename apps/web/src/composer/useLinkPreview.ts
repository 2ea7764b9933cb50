import { useEffect, useState } from 'react';
import { readInvite, readJoinLink } from '../routing/route.ts';
import type { LinkPreviewView, SottoApi } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { linkParts } from '../text/linkParts.ts';
import { words } from '../words.ts';

const lookDelayMs = 300;
/** Longer texts are not looked through while they are written. */
const lookedAt = 4000;

/**
 * What can be said of a link to this server that is being written: its page is asked from the engine. No other
 * page is ever fetched for it, by nobody (decision 0026). `drop`: this link goes without.
 */
export function useLinkPreview(text: string): { preview: LinkPreviewView | null; drop: () => void } {
  const sotto = useSotto();
  const [held, setHeld] = useState<{ url: string; preview: LinkPreviewView | null } | null>(null);
  const [dropped, setDropped] = useState<string | null>(null);
  const url = ownLinkIn(text);
  useEffect(() => {
    if (url === null || url === dropped) return;
    let current = true;
    const timer = setTimeout(() => {
      previewOf(sotto, url).then(
        (preview) => current && setHeld({ url, preview }),
        () => undefined,
      );
    }, lookDelayMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [sotto, url, dropped]);
  const preview = url !== null && url !== dropped && held?.url === url ? held.preview : null;
  return { preview, drop: () => setDropped(url) };
}

function ownLinkIn(text: string): string | null {
  if (text.length > lookedAt || !text.includes('#')) return null;
  const own = linkParts(text).find(
    ({ link }) => link?.address.startsWith(`${location.origin}/`) && /#(invite|join)=/.test(link.address),
  );
  return own?.link?.address ?? null;
}

async function previewOf(sotto: SottoApi, url: string): Promise<LinkPreviewView | null> {
  const text = words.messaging.composer;
  const none = { url, description: '', thumbnail: new Uint8Array() };
  const invite = readInvite(url);
  if (invite !== null) {
    const outcome = await sotto.resolveInvite(invite);
    if (outcome.kind === 'problem') return null;
    return { ...none, title: text.previewInvite(outcome.value.account?.username ?? null) };
  }
  const join = readJoinLink(url);
  if (join === null) return null;
  const outcome = await sotto.resolveGroupInvite(join);
  if (outcome.kind === 'problem') return null;
  const { name, memberCount, photo } = outcome.value;
  return { url, title: name, description: text.previewGroup(memberCount), thumbnail: photo };
}
