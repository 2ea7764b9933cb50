import { expect, it } from 'vitest';
import { plainLine } from './plainLine.ts';

it('leaves the marks out, and keeps hidden what is hidden', () => {
  expect(plainLine('**Plan**:\n- *one*\n- two\n> so ||the end|| it is')).toBe('Plan: one, two so ▒▒▒▒ it is');
  expect(plainLine('plain')).toBe('plain');
  expect(plainLine('x '.repeat(5000)).length).toBeLessThan(1000);
});
