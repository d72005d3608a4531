// npm run pictures: takes the pictures of the readme and of the walkthrough anew, in a real VS
// Code on portraits of free games.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openBytes, openFrames } from '../../src/engine/imaging/sharp.ts';
import { Workbench } from '../../test/e2e/harness/workbench.ts';
import { launchBrowser } from '../../test/webview/harness/browser.ts';
import { root } from './build.ts';
import { packageExtension } from './package.ts';
import { fetchShowcaseArt } from './showcaseArt.ts';
import { installExtension, startVsCodeServer, type VsCodeServer } from './vscodeServer.ts';

const themes = [
  { id: 'dark', name: 'Default Dark Modern' },
  { id: 'light', name: 'Default Light Modern' },
] as const;

const tourWidthPx = 960;

/** A character with many portraits, in a game of which every character has some. */
const portrait = 'heir_to_the_throne/lisar.png';
/** Another, for the pictures of the readme. */
const other = 'heir_to_the_throne/konrad-elvish.png';

interface Stage {
  readonly browser: Browser;
  readonly server: VsCodeServer;
  readonly folder: string;
}

async function withStage(work: (stage: Stage) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'familiar-faces-pictures-'));
  const folder = join(home, 'art');
  await fetchShowcaseArt(folder);
  const { path } = await packageExtension();
  const server = await startVsCodeServer({ home, extensions: await installExtension(home, path) });
  const browser = await launchBrowser();
  try {
    await work({ browser, server, folder });
  } finally {
    await browser.close();
    await server.stop();
    await rm(home, { recursive: true, force: true });
  }
}

async function open({ browser, server, folder }: Stage, theme: string): Promise<Workbench> {
  await mkdir(join(folder, '.vscode'), { recursive: true });
  const settings = { 'workbench.colorTheme': theme, 'explorer.compactFolders': false };
  await writeFile(join(folder, '.vscode', 'settings.json'), JSON.stringify(settings));
  const workbench = await Workbench.open(browser, server.folderUrl(folder));
  await workbench.indexed();
  await widenSideBar(workbench);
  return workbench;
}

async function widenSideBar({ page }: Workbench): Promise<void> {
  const edge = await page.locator('.part.sidebar').boundingBox();
  if (edge !== null) {
    await page.mouse.move(edge.x + edge.width, 500);
    await page.mouse.down();
    await page.mouse.move(440, 500, { steps: 6 });
    await page.mouse.up();
    await page.mouse.move(1100, 18);
  }
}

/** The window, or its left part, when nothing fades in any more. */
async function shoot(workbench: Workbench, widthPx?: number): Promise<Uint8Array> {
  const { page } = workbench;
  await page.waitForTimeout(700);
  const clip = widthPx && { x: 0, y: 0, width: widthPx, height: Math.round(widthPx * 0.95) };
  return await page.screenshot({ animations: 'disabled', ...(clip ? { clip } : {}) });
}

async function keep(path: string, bytes: Uint8Array): Promise<void> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
  process.stdout.write(`${path}: ${Math.round(bytes.length / 1000)} kB\n`);
}

async function showMenu(workbench: Workbench, file: string): Promise<void> {
  const row = await workbench.revealInExplorer(file);
  await row.click({ button: 'right' });
  await workbench.page
    .locator('.monaco-menu .action-label[aria-label="Find Similar Characters"]')
    .hover();
}

async function searchFrom(workbench: Workbench): Promise<void> {
  await workbench.chooseFromMenu('Find Similar Characters');
  await workbench.sidebar.locator('[role=gridcell][data-image-id]').first().waitFor();
}

/** The three steps of the walkthrough; the first two are also what the readme begins with. */
async function takeWalkthrough(stage: Stage): Promise<void> {
  for (const { id, name } of themes) {
    const workbench = await open(stage, name);
    await showMenu(workbench, portrait);
    await keep(`media/walkthrough/find-${id}.png`, await shoot(workbench, 700));
    await searchFrom(workbench);
    await workbench.page.mouse.move(1100, 18);
    await keep(`media/walkthrough/slide-${id}.png`, await shoot(workbench, 700));
    await workbench.showLibrary();
    await workbench.togglePane('Similar');
    await workbench.page.mouse.move(1100, 18);
    await keep(`media/walkthrough/library-${id}.png`, await shoot(workbench, 700));
    await workbench.togglePane('Similar');
    await workbench.togglePane('Library');
    await workbench.close();
  }
}

async function takeReadme(stage: Stage): Promise<void> {
  const workbench = await open(stage, themes[0].name);
  const { page, panel } = workbench;
  await showMenu(workbench, other);
  await searchFrom(workbench);
  await workbench.run('Familiar Faces: Open Panel Beside');
  await panel.locator('[role=gridcell][data-image-id]').first().waitFor();
  await page.mouse.move(1100, 18);
  const picture = openBytes(await shoot(workbench)).webp({ quality: 86 });
  await keep('media/readme/panel.webp', await picture.toBuffer());
  await workbench.close();
}

/** A search as a person does it: menu, results, slider, opening a result. */
async function takeTour(stage: Stage): Promise<void> {
  const workbench = await open(stage, themes[0].name);
  const { page, sidebar } = workbench;
  const frames: { readonly bytes: Uint8Array; readonly delayMs: number }[] = [];
  const frame = async (delayMs: number) => {
    const picture = openBytes(await shoot(workbench)).resize({ width: tourWidthPx });
    frames.push({ bytes: await picture.png().toBuffer(), delayMs });
  };
  await (await workbench.revealInExplorer(other)).click();
  await page.locator('.tab').first().waitFor();
  await frame(1_200);
  await showMenu(workbench, other);
  await frame(1_600);
  await searchFrom(workbench);
  await page.mouse.move(1100, 18);
  await frame(1_800);
  for (const position of ['55', '80', '100']) {
    await sidebar.getByRole('slider').fill(position);
    await frame(position === '100' ? 1_800 : 500);
  }
  await sidebar.getByRole('slider').fill('30');
  await frame(700);
  await sidebar.locator('[role=gridcell][data-index="1"]').click();
  await page.mouse.move(1100, 18);
  await frame(2_200);
  const animation = await openFrames(frames.map(({ bytes }) => bytes))
    .webp({ quality: 78, effort: 6, loop: 0, delay: frames.map(({ delayMs }) => delayMs) })
    .toBuffer();
  await keep('media/readme/tour.webp', animation);
  await workbench.close();
}

await withStage(async (stage) => {
  await takeWalkthrough(stage);
  await takeReadme(stage);
  await takeTour(stage);
});
process.exit(0);
