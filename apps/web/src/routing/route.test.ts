import { describe, expect, it } from 'vitest';
import { hashOf, parseRoute, type Route, readInvite, readJoinLink } from './route.ts';

const id = '00112233445566778899aabbccddeeff';

describe('routes', () => {
  it('come back from their hashes', () => {
    const routes = [
      { kind: 'home' },
      { kind: 'archived' },
      { kind: 'starred' },
      { kind: 'conversation', conversationId: id, details: false },
      { kind: 'conversation', conversationId: id, details: true },
      { kind: 'conversation', conversationId: id, details: false, order: 99_000 },
      { kind: 'settings' },
      { kind: 'serverSees' },
      { kind: 'invite', invite: 'a-b_c/d=' },
      { kind: 'join', link: 'AbC-_9' },
      { kind: 'join', link: 'AbC-_9', call: true },
      { kind: 'addDevice', code: `AQ${'x7-'.repeat(14)}` },
    ] as Route[];
    for (const route of routes) expect(parseRoute(hashOf(route))).toEqual(route);
  });

  it('are home where the hash says nothing known', () => {
    const hashes = [
      '',
      '#',
      '#/',
      '#/c',
      '#/c/',
      '#/c/xyz',
      `#/c/${id}0`,
      '#/other',
      '#invite=',
      '#invite=%E0%A4%A',
      '#join=',
      `#join=${'x'.repeat(300)}`,
      '#join=%E0%A4%A',
      '#add=tooShort',
      `#add=${'x'.repeat(45)}`,
    ];
    for (const hash of hashes) expect(parseRoute(hash)).toEqual({ kind: 'home' });
  });
});

describe('a pasted invite', () => {
  it('is found in a link and in its hash, and nowhere else', () => {
    expect(readInvite('https://chat.example/#invite=abc')).toBe('abc');
    expect(readInvite('  #invite=abc  ')).toBe('abc');
    expect(readInvite('invite=abc')).toBe('abc');
    expect(readJoinLink('https://chat.example/#join=abc')).toBe('abc');
    expect(readJoinLink('#invite=abc')).toBe(null);
    for (const text of ['', 'abc', '@maren', 'reinvite=abc', `#invite=${'x'.repeat(300)}`]) {
      expect(readInvite(text)).toBe(null);
    }
  });
});
