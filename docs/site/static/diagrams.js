// Draws the diagrams of a page, in the colours of the theme that the reader has chosen, and draws
// them afresh when the reader chooses another.
'use strict';

const diagrams = [...document.querySelectorAll('pre.mermaid')];
// The width below which the text of a wide diagram is too small.
const LEGIBLE_PX = 640;
const sources = diagrams.map((it) => it.textContent);

function isDark() {
  const theme = document.body.dataset.theme;
  return theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
}

async function draw() {
  mermaid.initialize({ startOnLoad: false, theme: isDark() ? 'dark' : 'neutral', securityLevel: 'strict' });
  diagrams.forEach((it, index) => {
    it.removeAttribute('data-processed');
    it.textContent = sources[index];
  });
  await mermaid.run({ nodes: diagrams });
  // A wide diagram on a narrow window scrolls, instead of becoming too small to read.
  for (const drawing of document.querySelectorAll('pre.mermaid svg')) {
    drawing.style.minWidth = `${Math.min(drawing.viewBox.baseVal.width, LEGIBLE_PX)}px`;
  }
}

draw();
new MutationObserver(draw).observe(document.body, { attributeFilter: ['data-theme'] });
