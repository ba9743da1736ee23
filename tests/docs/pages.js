// Looks at the pages of a site in Chromium; pages.sh describes the rules.
//
//   node pages.js SITE WORDS PROFILE [PICTURES]
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { chromium } = require('playwright-core');

const [site, words, profile, pictures] = process.argv.slice(2);
const WIDTHS = [390, 1280];
const TABS = 3;
// Pages that Sphinx makes without content of their own.
const SKIPPED = new Set(['genindex.html', 'search.html']);
const OPTIONS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
let failures = 0;

function fail(name, reason) {
  failures += 1;
  console.log(`FAILED ${name}: ${reason.split('\n')[0]}`);
}

function pagesBelow(folder) {
  const names = fs.readdirSync(folder, { recursive: true });
  return names.filter((it) => it.endsWith('.html') && !SKIPPED.has(it)).sort();
}

// Runs in the page: returns what is wrong with it.
function faultsOfPage() {
  const faults = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) {
    const wide = [...document.querySelectorAll('body *')].filter((it) => {
      const { right, width } = it.getBoundingClientRect();
      return width > 0 && right > clientWidth + 1;
    });
    const shown = wide.at(-1)?.outerHTML.slice(0, 90);
    faults.push(`it is ${scrollWidth} px wide, wider than the window: ${shown}`);
  }
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    const id = decodeURIComponent(link.getAttribute('href').slice(1));
    if (id !== '' && !document.getElementById(id)) faults.push(`no element has the id of the link #${id}`);
  }
  for (const diagram of document.querySelectorAll('.mermaid')) {
    const drawing = diagram.querySelector('svg');
    if (!drawing || drawing.getAttribute('aria-roledescription') === 'error') {
      faults.push(`a diagram is not drawn: ${diagram.textContent.trim().slice(0, 60)}`);
    }
  }
  return faults;
}

function areDiagramsDone() {
  return [...document.querySelectorAll('.mermaid')].every((it) => it.querySelector('svg'));
}

async function look(tab, name, width) {
  const faults = [];
  const listeners = {
    console: (message) => message.type() === 'error' && faults.push(`console: ${message.text()}`),
    pageerror: (error) => faults.push(error.message),
    requestfailed: (request) => faults.push(`not loaded: ${request.url()}`),
  };
  for (const [event, listener] of Object.entries(listeners)) tab.on(event, listener);
  await tab.goto(pathToFileURL(path.join(site, name)).href);
  // A diagram that is not drawn by then is a fault of the page.
  await tab.waitForFunction(areDiagramsDone, undefined, { timeout: 5000 }).catch(() => {});
  faults.push(...(await tab.evaluate(faultsOfPage)));
  for (const [event, listener] of Object.entries(listeners)) tab.off(event, listener);
  if (pictures) {
    const file = `${name.replace(/[/]/g, '-').replace(/\.html$/, '')}-${width}.png`;
    await tab.screenshot({ path: path.join(pictures, file), fullPage: true });
  }
  for (const fault of new Set(faults)) fail(`${name} at ${width} px`, fault);
}

async function lookAtAll(browser, names, width) {
  const left = [...names];
  const before = failures;
  const looks = Array.from({ length: TABS }, async () => {
    const tab = await browser.newPage({ viewport: { width, height: 900 } });
    for (let name = left.shift(); name !== undefined; name = left.shift()) await look(tab, name, width);
    await tab.close();
  });
  await Promise.all(looks);
  if (failures === before) console.log(`ok ${names.length} pages at ${width} px`);
}

function isAmongLinks([links, address]) {
  return [...document.querySelectorAll(links)].some((it) => it.href.includes(address));
}

async function search(tab, word, page) {
  const address = pathToFileURL(path.join(site, 'search.html')).href;
  await tab.goto(`${address}?q=${encodeURIComponent(word)}`);
  const results = '#search-results ul.search li a';
  const found = await tab
    .waitForFunction(isAmongLinks, [results, page], { timeout: 10000 })
    .catch(() => null);
  if (found) console.log(`ok a search for ${word} finds ${page}`);
  else fail(`a search for ${word}`, `it does not find ${page}`);
}

async function main() {
  const names = pagesBelow(site);
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    args: OPTIONS,
    offline: true,
  });
  try {
    const shared = { newPage: async ({ viewport }) => {
      const tab = await browser.newPage();
      await tab.setViewportSize(viewport);
      return tab;
    } };
    for (const width of WIDTHS) await lookAtAll(shared, names, width);
    const tab = await browser.newPage();
    for (const line of fs.readFileSync(words, 'utf8').trim().split('\n').filter(Boolean)) {
      await search(tab, ...line.split(' '));
    }
  } finally {
    await browser.close();
  }
  process.exitCode = failures === 0 ? 0 : 1;
}

main();
