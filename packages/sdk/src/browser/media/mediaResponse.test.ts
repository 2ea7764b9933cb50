import { expect, it } from 'vitest';
import { buildMediaWorker } from '../../build/mediaWorker.ts';
import { mediaHeaders, readRange } from './mediaResponse.ts';

it('reads one range, and takes what makes no sense for none', () => {
  expect(readRange('bytes=0-', 10)).toEqual({ start: 0, end: 10 });
  expect(readRange('bytes=2-5', 10)).toEqual({ start: 2, end: 6 });
  expect(readRange('bytes=2-500', 10)).toEqual({ start: 2, end: 10 });
  expect(readRange('bytes=-3', 10)).toEqual({ start: 7, end: 10 });
  expect(readRange('bytes=10-', 10)).toBe('unsatisfiable');
  for (const header of [
    null,
    '',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=0-1,3-4',
    'chars=0-1',
    'bytes=x-',
  ]) {
    expect(readRange(header, 10)).toBeNull();
  }
});

it('serves nothing that can script: saved files and unknown types are attachments, all in a sandbox', () => {
  const file = { sizeBytes: 9, mediaType: 'video/mp4', name: 'a "b"\r\nx: y.mp4', saved: false };
  const shown = mediaHeaders(file, null);
  expect(shown['content-type']).toBe('video/mp4');
  expect(shown['content-security-policy']).toContain('sandbox');
  expect(shown['x-content-type-options']).toBe('nosniff');
  expect(shown['content-disposition']).toMatch(/^inline; filename\*=UTF-8''[\w%.]+$/);
  for (const other of [
    { ...file, saved: true },
    { ...file, mediaType: 'application/octet-stream' },
  ]) {
    expect(mediaHeaders(other, null)).toMatchObject({ 'content-type': 'application/octet-stream' });
    expect(mediaHeaders(other, null)['content-disposition']).toMatch(/^attachment;/);
  }
});

it('is built as one script without imports', async () => {
  const code = await buildMediaWorker(true);
  expect(code).toContain('/media/');
  expect(code).not.toMatch(/\b(?:import|export)\b/);
});
