/**
 * Draws the PNG icons from public/icon.svg with the machine's Chromium. Run by hand after the sign changes:
 * `node apps/web/build/drawIcons.ts`. The results are kept in the repository.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { launchChromium } from '@sotto/testkit/chromium';

const folder = path.resolve(import.meta.dirname, '../public');
const paper = '#f4f2ec';
/** Share of the icon's width that the sign takes; a maskable icon keeps its outer tenth free. */
const icons = [
  { name: 'icon-180.png', size: 180, share: 0.72, ground: paper },
  { name: 'icon-192.png', size: 192, share: 0.94, ground: 'transparent' },
  { name: 'icon-512.png', size: 512, share: 0.94, ground: 'transparent' },
  { name: 'icon-maskable-512.png', size: 512, share: 0.6, ground: paper },
];

const drawing = (await readFile(path.join(folder, 'icon.svg'), 'utf8')).replace('<svg ', '<svg id="sign" ');
const browser = await launchChromium();
for (const { name, size, share, ground } of icons) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const css = `body{margin:0;display:grid;place-items:center;height:100vh;background:${ground}}#sign{width:${share * 100}vw}`;
  await page.setContent(`<style>${css}</style>${drawing}`);
  await writeFile(path.join(folder, name), await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
