import { type Browser, type BrowserServer, chromium } from 'playwright-core';

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function options() {
  return { executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: flags };
}

/** Debian's Chromium, or the one that CHROMIUM names. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch(options());
}

/** The same for several processes; they reach it with `connectBrowser`. */
export function launchBrowserServer(): Promise<BrowserServer> {
  return chromium.launchServer(options());
}

export function connectBrowser(address: string): Promise<Browser> {
  return chromium.connect(address);
}
