import { expect, it } from 'vitest';
import { plainText } from '../sotto.ts';
import { virtualText } from '../testing/fixtureMixed.ts';
import { estimatedRowHeight } from './estimatedRowHeight.ts';

type Message = Parameters<typeof estimatedRowHeight>[0];
const saying = (text: string, more: object = {}, reactions: object[] = []): Message =>
  ({ body: { kind: 'text', ...plainText, text, ...more }, reactions }) as unknown as Message;

const photo = { kind: 'photo', views: null, width: 1200, height: 900 };
const file = { kind: 'file', views: null, width: 0, height: 0 };

it('a row is made out to be as high as what it brings', () => {
  expect(estimatedRowHeight(saying('Yes'))).toBe(46);
  expect(estimatedRowHeight(saying('one\ntwo\nthree'))).toBe(86);
  expect(estimatedRowHeight(saying('', { attachments: [photo] }))).toBe(26 + 255);
  expect(estimatedRowHeight(saying('', { attachments: [file, file] }))).toBe(26 + 2 * 62 - 6);
  expect(estimatedRowHeight(saying('Yes', {}, [{}]))).toBeGreaterThan(46);
  expect(estimatedRowHeight(saying('\n'.repeat(10_000)))).toBeLessThan(1000);
  for (let order = 1; order < 50; order += 1) {
    expect(estimatedRowHeight(saying(virtualText(order)))).toBeGreaterThanOrEqual(46);
  }
});
