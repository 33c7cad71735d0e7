// Starts the site's wasm module. Its own file, because the Content-Security-Policy allows no inline script; the build
// writes into the page in which folder the two files lie.
const site = document.querySelector('meta[name="kubarium-site"]');

// The text that came with the page is seen first: the code that takes it over waits until the browser has shown it. A
// page in the background shows nothing, and not every browser tells.
const shown = new Promise((done) => {
  const type = 'largest-contentful-paint';
  if (document.hidden || !PerformanceObserver.supportedEntryTypes.includes(type)) return done();
  new PerformanceObserver((_, observer) => {
    observer.disconnect();
    done();
  }).observe({ type, buffered: true });
  setTimeout(done, 1000);
});

const { default: start } = await import(new URL(site.content, document.baseURI).href);
await shown;
await start({ module_or_path: new URL(site.dataset.wasm, document.baseURI).href });

// Once everything stands, the browser may keep the site for when there is no network. Where it does not, nothing is lost.
const offline = document.querySelector('meta[name="kubarium-offline"]');
const keep = () => navigator.serviceWorker.register(new URL(offline.content, document.baseURI).href).catch(() => {});
if (offline && navigator.serviceWorker && !navigator.connection?.saveData) addEventListener('kubarium-stands', keep, { once: true });
