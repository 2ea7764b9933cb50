import { loadNodeProvider } from '@sotto/primitives/node';
import type { AccountId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { identityPin } from './identityPin.ts';

const provider = await loadNodeProvider();

describe('identityPin', () => {
  it('has 16 bytes, and changes with the account and with its key', () => {
    const accountId = '11'.repeat(16) as AccountId;
    const identityKey = new Uint8Array(32).fill(2);
    const pin = identityPin(provider, { accountId, identityKey });
    expect(pin).toHaveLength(16);
    expect(identityPin(provider, { accountId, identityKey: identityKey.slice() })).toEqual(pin);
    const otherAccount = identityPin(provider, { accountId: '12'.repeat(16) as AccountId, identityKey });
    const otherKey = identityPin(provider, { accountId, identityKey: new Uint8Array(32).fill(3) });
    expect(otherAccount).not.toEqual(pin);
    expect(otherKey).not.toEqual(pin);
    // The first 16 bytes of SHA-256 of label ‖ account id ‖ key (spec/accounts.md, "Invites").
    const label = new TextEncoder().encode('Sotto 1 identity pin');
    const input = Uint8Array.of(...label, ...new Uint8Array(16).fill(0x11), ...identityKey);
    expect(pin).toEqual(provider.sha256(input).slice(0, 16));
  });
});
